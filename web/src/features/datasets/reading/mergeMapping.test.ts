/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeMapping } from "./mergeMapping.ts";

test("a choice is added to what was said before, part by part", () => {
  assert.deepEqual(mergeMapping(null, { unit: "µT" }), { unit: "µT" });
  assert.deepEqual(
    mergeMapping(
      { columns: { lat: "N" }, time: { zone: "Z", unit: "ms" }, missing: [-1], delimiter: ";" },
      { columns: { b_x: "X" }, time: { unit: "us" } },
    ),
    { columns: { lat: "N", b_x: "X" }, time: { zone: "Z", unit: "us" }, missing: [-1], delimiter: ";" },
  );
  assert.deepEqual(mergeMapping({ missing: [-1] }, { missing: [] }), { missing: [] });
  assert.deepEqual(mergeMapping({ sensors: { "2": { b: "B2" } } }, { sensors: { up: { b: "U" } } }), {
    sensors: { "2": { b: "B2" }, up: { b: "U" } },
  });
});

test("a unit takes the place of a factor, and a factor that of a unit", () => {
  assert.deepEqual(mergeMapping({ factor: 3.3 }, { unit: "G" }), { unit: "G" });
  assert.deepEqual(mergeMapping({ unit: "G" }, { factor: 3.3 }), { factor: 3.3 });
});

test("a column is one thing: what it was before is taken out, and it is no longer left out", () => {
  assert.deepEqual(
    mergeMapping(
      { columns: { lat: "A", b_x: "B" }, ignore: ["C", "D"] },
      { columns: { b_x: "A", b_y: "C" } },
    ),
    { columns: { b_x: "A", b_y: "C" }, ignore: ["D"] },
  );
});

test("times of another form or column have their own unit; zone and order of dates stay", () => {
  const time = { form: "seconds", unit: "ms", zone: "+02:00" } as const;
  assert.deepEqual(mergeMapping({ time }, { time: { form: "epoch_ms" } }).time, {
    form: "epoch_ms",
    zone: "+02:00",
  });
  assert.deepEqual(mergeMapping({ time }, { columns: { timestamp_pc: "clock" } }), {
    columns: { timestamp_pc: "clock" },
    time: { zone: "+02:00" },
  });
  assert.deepEqual(mergeMapping({ time }, { time: { zone: "Z" } }).time, { ...time, zone: "Z" });
});

test("what was there is not changed", () => {
  const before = { columns: { b_x: "X" }, time: { zone: "Z" } };
  const copy = structuredClone(before);
  mergeMapping(before, { columns: { b_x: "Y" }, time: { zone: "+01:00" } });
  assert.deepEqual(before, copy);
});
