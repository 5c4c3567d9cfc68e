/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../api/apiError.ts";
import { readFindings } from "./readFindings.ts";

const finding = { line: 3, column: "b_x", value: "abc", expected: "a number", code: "not_a_number" };
const refusal = (details: unknown) => new ApiError("no", { status: 422, code: "unreadable_file", details });

test("findings and their total are taken from the refusal", () => {
  assert.deepEqual(readFindings(refusal({ findings: [finding], total_findings: 812 })), {
    shown: [finding],
    total: 812,
  });
});

test("a total that is missing or too small is what is shown", () => {
  assert.equal(readFindings(refusal({ findings: [finding, finding], total_findings: 1 }))?.total, 2);
  assert.equal(readFindings(refusal({ findings: [finding] }))?.total, 1);
});

test("other refusals have no findings", () => {
  for (const details of [
    undefined,
    null,
    3,
    {},
    { findings: [] },
    { findings: "x" },
    { findings: [null, {}] },
  ]) {
    assert.equal(readFindings(refusal(details)), null);
  }
  assert.equal(readFindings(new Error("x")), null);
});
