/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readId, whole } from "./readAddress.ts";

test("what is no id in a path is nothing that could be there", () => {
  assert.equal(readId("7"), 7);
  for (const written of ["abc", "", "0", "-1", "1.5", "1e3", "07", "99999999999999999999", "NaN"]) {
    assert.throws(
      () => readId(written),
      (thrown) => (thrown as { isNotFound?: boolean }).isNotFound === true,
    );
  }
});

test("a row in an address is a whole number or absent", () => {
  assert.equal(whole("12"), 12);
  assert.equal(whole(0), 0);
  for (const written of ["", "x", "-3", "1.5", undefined, null]) assert.equal(whole(written), undefined);
});
