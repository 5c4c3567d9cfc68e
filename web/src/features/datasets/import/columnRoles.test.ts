/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { column, inspection } from "../../../../test/samples.ts";
import { mergeMapping } from "../reading/mergeMapping.ts";
import { nameInMapping, roleOf, TIME_PART_WORDS, withRole } from "./columnRoles.ts";
import { holdsMapping, withoutMapping } from "./mappingParts.ts";
import { profileHeader, profileMapping } from "./profileOf.ts";
import { timeWayOf } from "./words.ts";

const PLAIN = { holder: null, parts: {} };

test("two axes that are exchanged change places in one choice", () => {
  const mapping = withRole({}, { name: "x", from: "b_x", to: "b_y", holder: "y", parts: {} });
  assert.deepEqual(mapping, { columns: { b_y: "x", b_x: "y" } });
});

test("a column that is left out is named nowhere else, and comes back", () => {
  const out = withRole({ columns: { b_x: "x" } }, { ...PLAIN, name: "x", from: "b_x", to: "out" });
  assert.deepEqual(out, { ignore: ["x"] });
  assert.deepEqual(withRole(out, { ...PLAIN, name: "x", from: "out", to: "auto" }), {});
});

test("another column for the time takes nothing over of how the first was written", () => {
  const before = { time: { form: "seconds" as const, unit: "ms" as const }, unit: "µT" as const };
  const mapping = withRole(before, {
    name: "t2",
    from: "kept",
    to: "timestamp_pc",
    holder: "t",
    parts: {},
  });
  assert.deepEqual(mapping, { unit: "µT", columns: { timestamp_pc: "t2" } });
});

test("a part of the time stands beside the parts that were found", () => {
  const mapping = withRole(
    {},
    { name: "c", from: "kept", to: "part:second", holder: null, parts: { date: "a", time: "b" } },
  );
  assert.deepEqual(mapping, {
    time: { form: "parts", columns: { date: "a", time: "b", second: "c" } },
  });
  assert.equal(roleOf(column("c", "timestamp_pc"), 2, mapping), "part:second");
});

test("Julian days and a column of AM and PM can be chosen", () => {
  assert.equal(timeWayOf({ form: "julian_days" }), "julian_days");
  const mapping = { time: { columns: { meridiem: "half" } } };
  assert.equal(roleOf(column("half", null), 3, mapping), "part:meridiem");
  assert.ok(TIME_PART_WORDS.some(([part]) => part === "meridiem"));
});

test("a name that was cut short goes by its place", () => {
  assert.equal(nameInMapping({ name: "a long na…" }, 3), "#4");
  assert.equal(nameInMapping({ name: "mx" }, 3), "mx");
});

test("a choice is found in a mapping, taken from it and put into it", () => {
  const mapping = { unit: "µT" as const, time: { zone: "+02:00", unit: "ms" as const } };
  assert.equal(holdsMapping(mapping, { time: { zone: "+02:00" } }), true);
  assert.equal(holdsMapping(mapping, { time: { zone: "Z" } }), false);
  assert.equal(holdsMapping(mapping, {}), false);
  assert.deepEqual(withoutMapping(mapping, { time: { zone: "Z", unit: "s" } }), { unit: "µT" });
  assert.deepEqual(mergeMapping(mapping, { time: { zone: "Z" } }), {
    unit: "µT",
    time: { zone: "Z", unit: "ms" },
  });
});

test("a profile keeps what somebody said of the text, and not when one recording began", () => {
  const found = inspection();
  const seen = {
    ...found,
    mapping: { ...found.mapping, time: { form: "clock" as const, start: "2026-01-01T00:00:00Z" } },
  };
  assert.equal(profileMapping(seen, {}).header_line, undefined);
  assert.equal(profileMapping(seen, { header_line: 1 }).header_line, 1);
  assert.deepEqual(profileMapping(seen, {}).time, { form: "clock" });
});

test("columns without names of their own make no profile", () => {
  const unnamed = inspection({ columns: [column("#1", "timestamp_pc"), column("#2", "b")] });
  assert.equal(profileHeader(unnamed), null);
  const index = inspection({ columns: [column("#1", "column_unnamed"), column("time", "timestamp_pc")] });
  assert.deepEqual(profileHeader(index), ["", "time"]);
});
