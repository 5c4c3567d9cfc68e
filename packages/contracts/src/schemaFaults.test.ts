import assert from "node:assert/strict";
import { test } from "node:test";
import { mappingFaults, profileFaults } from "./schemaFaults.ts";

const told = (value: unknown) => mappingFaults(value).map(({ place, says }) => `${place}: ${says}`);

test("a mapping has no faults, and what is none has each told with its place", () => {
  assert.deepEqual(told({}), []);
  assert.deepEqual(told({ unit: "µT", columns: { b_x: "X" }, time: { zone: "+02:00" }, missing: [] }), []);
  assert.deepEqual(told({ time: { zone: "CET" } }), ['time.zone: has to be like "+02:00", or "Z" for UTC']);
  assert.deepEqual(told({ columns: { bx: "X" } }), ['columns: has nothing called "bx"']);
  assert.deepEqual(told({ foo: 1 }), [': has nothing called "foo"']);
  assert.deepEqual(told({ missing: [1, "a"] }), ["missing[1]: has to be a number"]);
  assert.match(told({ unit: "gauss" })[0] ?? "", /^unit: has to be one of "nT", "µT"/);
  assert.deepEqual(told([]), [": has to be an object in { }"]);
  assert.deepEqual(told({ sensors: { upper: { b_q: "x" } } }), ['sensors.upper: has nothing called "b_q"']);
});

test("a profile lacks what is missing of it", () => {
  assert.deepEqual(profileFaults({ project: 1, name: "a", header: ["x"], mapping: {} }), []);
  assert.deepEqual(profileFaults({ project: 1, name: "a", header: ["x"] }), [
    { place: "", says: 'lacks "mapping"' },
  ]);
});
