import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromIPC } from "apache-arrow";
import { evenTimes, writtenSeries } from "../test/writtenSeries.ts";
import { decodeWindow } from "./decodeWindow.ts";
import { encodeWindow } from "./encodeWindow.ts";

const rows = 10000;
const b_x = Float64Array.from({ length: rows }, (_, i) => (i > 20 && i < 3000 ? Number.NaN : -i / 3));
const { series } = await writtenSeries({ timeUs: evenTimes(rows), columns: { b_x, b_y: b_x } });
const relative = await writtenSeries({
  timeUs: Float64Array.of(-5, 0, 7),
  columns: { b_x: Float64Array.of(1, NaN, 3) },
  timeKind: "relative",
});

test("a window is the same after the wire", async () => {
  for (const [startIndex, endIndex, points] of [
    [0, rows, 2000],
    [17, 9000, 50],
    [5, 105, 200],
    [3, 3, 10],
    [9999, 10000, 1],
  ]) {
    const window = await series.window({ startIndex, endIndex, points });
    assert.deepEqual(decodeWindow(encodeWindow(window)), window);
  }
  const window = await relative.series.window({ startIndex: 0, endIndex: 3, points: 3 });
  assert.deepEqual(decodeWindow(encodeWindow(window)), window);
});

test("the stream has the documented columns", async () => {
  const raw = tableFromIPC(encodeWindow(await series.window({ startIndex: 0, endIndex: 50, points: 100 })));
  assert.deepEqual(
    raw.schema.fields.map((field) => `${field.name}: ${field.type}`),
    ["index: Int32", "t: Timestamp<MICROSECOND, UTC>", "gap: Uint8", "b_x: Float64", "b_y: Float64"],
  );
  const request = { startIndex: 0, endIndex: rows, points: 100, channels: ["b_y"] };
  const buckets = tableFromIPC(encodeWindow(await series.window(request)));
  assert.deepEqual(buckets.schema.names, [
    "index",
    "t",
    "gap",
    "b_y_min",
    "b_y_max",
    "b_y_mean",
    "b_y_count",
  ]);
  assert.equal(buckets.schema.metadata.get("magtrace.kind"), "buckets");
  assert.equal(buckets.schema.metadata.get("magtrace.end_index"), "10000");
});

test("another Arrow stream is not taken for a window", async () => {
  const { files } = await writtenSeries({ timeUs: evenTimes(3), columns: {} });
  assert.throws(() => decodeWindow(files.files.get("base.arrow")!), RangeError);
});
