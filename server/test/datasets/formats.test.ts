import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { accepted, refused, timesOf, valuesOf } from "../support/ingestBytes.ts";

const FOLDER = new URL("../../../../shared/data/", import.meta.url);

/** A recording that is not ours to ship; null, and the test skipped, where it is not there. */
function recording(t: TestContext, name: string): Uint8Array | null {
  const path = new URL(name, FOLDER);
  if (existsSync(path)) return readFileSync(path);
  t.skip(`${name} is not on this machine`);
  return null;
}

test("a MagTrace recording of 46 rows has relative times and reports its duplicates", async (t) => {
  const bytes = recording(t, "formats/magtrace_46_rows.csv");
  if (bytes === null) return;
  const { outcome, series } = await accepted(bytes);
  assert.equal(outcome.rows, 46);
  assert.deepEqual(outcome.tracks, [
    { sensor_id: "S963350075783_20250605_112438", start_index: 0, end_index: 45 },
  ]);
  assert.deepEqual(
    [outcome.time.kind, outcome.time.form, outcome.time.first_value],
    ["relative", "minutes", "24:40.0"],
  );
  const times = await timesOf(series);
  assert.deepEqual([times[0], times[2], times[45]], [0, 100000, 4900000]);
  assert.equal(outcome.quality.duplicate_times.count, 15);
  assert.equal(outcome.quality.duplicate_times.first[0].index, 1);
  assert.ok(Math.abs(outcome.statistics[3].mean - 19008) < 1);
  assert.ok(!outcome.quality.notes.some(({ code }) => code === "field_out_of_range"));
  assert.ok(Math.abs(outcome.quality.sampling_rate_hz! - 10) < 1);
});

test("a phyphox export has its unit in the header", async (t) => {
  const bytes = recording(t, "formats/phyphox_table_scan.csv");
  if (bytes === null) return;
  const { outcome, series } = await accepted(bytes);
  assert.equal(outcome.rows, 152);
  assert.deepEqual([outcome.source.unit, outcome.source.unit_from], ["µT", "header"]);
  assert.equal((await timesOf(series))[0], 39454);
  assert.ok(Math.abs((await valuesOf(series, "b_x"))[0] - -12529.39987) < 1e-9);
  assert.ok(outcome.statistics[3].mean > 40000 && outcome.statistics[3].mean < 60000);
});

test("a Sensor Logger export has its columns in another order, in µT", async (t) => {
  const bytes = recording(t, "formats/sensor_logger.csv");
  if (bytes === null) return;
  const { outcome, series } = await accepted(bytes);
  assert.equal(outcome.rows, 1999);
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "seconds_elapsed"]);
  assert.equal(outcome.source.unit_from, "app");
  assert.equal(outcome.time.start, "2022-09-19T04:43:18.302710Z");
  assert.equal((await valuesOf(series, "b_z"))[0], -20.459999084472656 * 1000);
  assert.equal((await valuesOf(series, "b_x"))[0], 7.619999885559082 * 1000);
  assert.ok(Math.abs(outcome.quality.sampling_rate_hz! - 100) < 0.1);
});

test("a phone's day without units is read in µT, in which its field is the Earth's", async (t) => {
  const bytes = recording(t, "formats/phone_day.csv");
  if (bytes === null) return;
  const { outcome, series } = await accepted(bytes);
  assert.equal(outcome.rows, 3914);
  assert.deepEqual(
    [outcome.time.kind, outcome.time.start_us, outcome.time.end_us],
    ["relative", 227000, 978000000],
  );
  assert.equal((await valuesOf(series, "b_x"))[0], 19000);
  assert.equal(outcome.quality.assumptions.find(({ subject }) => subject === "field_unit")?.taken, "µT");
  assert.ok(Math.abs(outcome.quality.sampling_rate_hz! - 4) < 0.1);
});

test("a file of labels is refused by name", async (t) => {
  const labels = recording(t, "formats/phone_day.labels.csv");
  if (labels === null) return;
  assert.equal((await refused(labels)).findings[0].code, "column_missing");
});

test("the gesture recordings come through whole", async (t) => {
  const train = recording(t, "gestures/train.csv");
  if (train === null) return;
  const { outcome, series } = await accepted(train);
  assert.equal(outcome.rows, 52970);
  assert.equal(outcome.time.start, "2025-11-06T12:00:00.000Z");
  assert.deepEqual((await valuesOf(series, "b_x")).slice(0, 2), [28240.5, 28375.4]);
  assert.equal((await accepted(recording(t, "gestures/test.csv")!)).outcome.rows, 13225);
});
