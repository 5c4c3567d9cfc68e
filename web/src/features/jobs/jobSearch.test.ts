/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readJobSearch } from "./jobSearch.ts";

test("an address's filters are read, and what is no filter is left out", () => {
  assert.deepEqual(
    readJobSearch({ queue: "train", state: "failed", organization: "3", job: "x", other: 1 }),
    {
      queue: "train",
      state: "failed",
      organization: 3,
      before: undefined,
      job: "x",
    },
  );
  const nothing = {
    queue: undefined,
    state: undefined,
    organization: undefined,
    before: undefined,
    job: undefined,
  };
  assert.deepEqual(
    readJobSearch({ queue: "toString", state: "broken", organization: 0, before: "" }),
    nothing,
  );
});
