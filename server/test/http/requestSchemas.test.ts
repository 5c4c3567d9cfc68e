import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { unboundedParts } from "../support/unboundedParts.ts";

describe("what a request may carry", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;

  before(async () => {
    installation = await startTestInstallation(cleanup);
  });

  test("is bounded in every text, list and record of every route", () => {
    let looked = 0;
    const unbounded: string[] = [];
    for (const { method, url, schema } of installation.api.routes) {
      for (const part of ["params", "querystring", "body"] as const) {
        const declared = schema?.[part];
        if (declared === undefined) continue;
        looked++;
        unbounded.push(...unboundedParts(declared, `${String(method)} ${url} ${part}`));
      }
    }
    assert.deepEqual(unbounded, []);
    assert.ok(looked > 80, `only ${looked} schemas were looked at`);
  });
});

describe("looking for what is unbounded", () => {
  const bounded = [
    { type: "string", maxLength: 3 },
    { type: "string", enum: ["a"] },
    { const: "a", type: "string" },
    { type: "string", pattern: "^#[0-9a-f]{6}$" },
    { type: "string", pattern: "^[0-9a-z]$" },
    { type: "array", maxItems: 3, items: { type: "integer" } },
    { type: "object", maxProperties: 3, patternProperties: { "^.*$": {} } },
    { anyOf: [{ type: "null" }, { type: "integer" }] },
  ];
  const unbounded = [
    { type: "string" },
    { type: "string", pattern: "^a+$" },
    { type: "string", pattern: "^a{2,}$" },
    { type: "string", pattern: "a{3}" },
    { type: "string", pattern: "^a|b$" },
    { type: "string", format: "date-time" },
    { type: "array", items: { type: "integer" } },
    { type: "array", maxItems: 3, items: { type: "string" } },
    { type: "object", properties: { a: { type: "array", maxItems: 1, items: { type: "string" } } } },
    { type: "object", patternProperties: { "^.*$": {} } },
    { type: "object", additionalProperties: { type: "string" } },
    { anyOf: [{ type: "null" }, { type: "string" }] },
    { allOf: [{ type: "object", properties: { a: { type: "string" } } }] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema.
    { if: { type: "array" }, then: { type: "array" }, else: { type: "object" } },
  ];
  test("finds it, however deep it lies", () => {
    for (const schema of bounded) assert.deepEqual(unboundedParts(schema, ""), [], JSON.stringify(schema));
    for (const schema of unbounded)
      assert.equal(unboundedParts(schema, "").length, 1, JSON.stringify(schema));
  });
});
