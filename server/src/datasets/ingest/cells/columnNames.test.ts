import assert from "node:assert/strict";
import { test } from "node:test";
import { columnName, fitOf, TARGETS } from "./columnNames.ts";
import { nearestTo } from "./nearestNames.ts";

/** The target a name fits, its unit, and how well: "b_x nT 2". */
function read(text: string): string {
  const name = columnName(text);
  const fits = TARGETS.filter((target) => fitOf(name, target) !== null);
  const unit = name.fieldUnit ?? (name.usPerUnit === null ? "" : `${name.usPerUnit}µs`);
  return fits.map((target) => `${target} ${unit} ${fitOf(name, target)}`).join();
}

test("names as instruments and apps write them are known, with their units", () => {
  const names = new Map([
    ["b_x", "b_x  0"],
    ["B_X", "b_x  1"],
    ["Bx", "b_x  2"],
    ["mag_y", "b_y  2"],
    ["z", "b_z  4"],
    ["Magnetic field x (µT)", "b_x µT 2"],
    ["Magnetic Field x (μT)", "b_x µT 2"],
    ["bz [nT]", "b_z nT 2"],
    ["b_y_ut", "b_y µT 1"],
    ["mag x (Gauss)", "b_x G 2"],
    ["Time (s)", "timestamp_pc 1000000µs 2"],
    ["timestamp_ms", "timestamp_pc 1000µs 2"],
    ["seconds_elapsed", "timestamp_pc  3"],
    ["timestamps", "timestamp_pc  2"],
    ["alt", "altitude  2"],
    ["Longitude", "lon  2"],
    ["Sensor ID", "sensor_id  1"],
    ["b_t", "b  2"],
    ["mag_nT", "b nT 3"],
    ["nT", "b  3"],
    ["F [nT]", "b nT 3"],
    ["TMI", "b  2"],
    ["Total Field (nT)", "b nT 2"],
    ["Absolute field (µT)", "b µT 2"],
    ["pressure", ""],
    ["", ""],
  ]);
  for (const [text, expected] of names) assert.equal(read(text), expected, text);
});

test("no alias belongs to two targets", () => {
  for (const target of TARGETS) assert.equal(read(target).split(",").length, 1, target);
});

test("the nearest names are those a slip of the finger away", () => {
  const names = ["timestmp", "temperature", "b-x!", "by", "voltage"].map(columnName);
  assert.deepEqual(nearestTo("timestamp_pc", names), ["timestmp"]);
  assert.equal(nearestTo("b_y", names)[0], "by");
  assert.deepEqual(nearestTo("sensor_id", [columnName("q")]), []);
});

test("a name that is one long gap is read at once", () => {
  const begun = performance.now();
  for (const name of [`(${" ".repeat(4_000)}x`, `x${" ".repeat(4_000)}(`, `(${"_".repeat(60_000)}x)`]) {
    assert.equal(read(name), "");
  }
  // Trying every way to share the spaces out takes over a minute.
  assert.ok(performance.now() - begun < 10_000);
});

test("brackets at the end are taken off, those before them are part of the name", () => {
  const keys = ["Bx (raw) [nT]", "a (b (c)", "(x)", "a ()", "a ) b", "a ( b ) "].map(
    (name) => columnName(name).key,
  );
  assert.deepEqual(keys, ["bx_(raw)", "a", "", "a", "a_)_b", "a"]);
});
