import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { evenTimes, writtenSeries } from "../test/writtenSeries.ts";
import { csvText } from "./csvText.ts";
import { formatTime } from "./formatTime.ts";
import { seriesCsv, seriesJson, windowCsv, windowJson } from "./seriesText.ts";

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const part of parts) text += part;
  return text;
}

const two = await writtenSeries({
  timeUs: Float64Array.of(1749122680000000, 1749122680100001, 1749122680000000),
  columns: { b_x: Float64Array.of(-1.5, Number.NaN, 1e-7), b_y: Float64Array.of(1, 2, 3) },
  tracks: [
    { sensorId: "s,1", startIndex: 0 },
    { sensorId: '=cmd|"x"', startIndex: 2 },
  ],
});

test("rows leave as the CSV an upload has, with no formula in it", async () => {
  assert.equal(
    await textOf(seriesCsv(two.series, { startIndex: 0, endIndex: 3 })),
    "timestamp_pc,b_x,b_y,sensor_id\r\n" +
      '2025-06-05T11:24:40.000Z,-1.5,1,"s,1"\r\n' +
      '2025-06-05T11:24:40.100001Z,,2,"s,1"\r\n' +
      `2025-06-05T11:24:40.000Z,1e-7,3,"'=cmd|""x"""\r\n`,
  );
});

test("rows leave as JSON with null for a missing value", async () => {
  const range = { startIndex: 1, endIndex: 3, channels: ["b_x"] };
  assert.deepEqual(JSON.parse(await textOf(seriesJson(two.series, range))), [
    { index: 1, timestamp_pc: "2025-06-05T11:24:40.100001Z", b_x: null, sensor_id: "s,1" },
    { index: 2, timestamp_pc: "2025-06-05T11:24:40.000Z", b_x: 1e-7, sensor_id: '=cmd|"x"' },
  ]);
  const none = { startIndex: 1, endIndex: 1 };
  assert.equal(await textOf(seriesJson(two.series, none)), "[]");
  assert.equal(
    await textOf(seriesCsv(two.series, { ...none, sensorIds: false })),
    "timestamp_pc,b_x,b_y\r\n",
  );
});

test("a long export comes in pages and misses no row", async () => {
  const rows = 20001;
  const timeUs = evenTimes(rows);
  const { series } = await writtenSeries({ timeUs, columns: { b_x: timeUs } }, 1 << 20);
  const parsed = JSON.parse(await textOf(seriesJson(series, { startIndex: 5, endIndex: rows }))) as {
    index: number;
    b_x: number;
  }[];
  assert.equal(parsed.length, rows - 5);
  assert.ok(parsed.every((row, i) => row.index === i + 5 && row.b_x === timeUs[i + 5]));
});

test("a window leaves as CSV and as JSON", async () => {
  const raw = await two.series.window({ startIndex: 0, endIndex: 2, points: 5, channels: ["b_x"] });
  assert.equal(
    windowCsv(raw),
    "index,timestamp_pc,gap,b_x\r\n0,2025-06-05T11:24:40.000Z,1,-1.5\r\n1,2025-06-05T11:24:40.100001Z,0,\r\n",
  );
  const { series } = await writtenSeries({
    timeUs: evenTimes(16),
    columns: { b: evenTimes(16).map((_, i) => i) },
  });
  const buckets = await series.window({ startIndex: 0, endIndex: 16, points: 2 });
  assert.deepEqual(JSON.parse(windowJson(buckets)), [
    {
      index: 0,
      timestamp_pc: "2025-06-05T11:24:40.000Z",
      gap: true,
      b_min: 0,
      b_max: 7,
      b_mean: 3.5,
      b_count: 8,
    },
    {
      index: 8,
      timestamp_pc: "2025-06-05T11:24:40.800Z",
      gap: false,
      b_min: 8,
      b_max: 15,
      b_mean: 11.5,
      b_count: 8,
    },
  ]);
});

test("a formatted time reads back as the same microsecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: -2e15, max: 8e15 }), (us) => {
      const text = formatTime(us, "absolute");
      const ms = Date.parse(`${text.slice(0, 23)}Z`);
      const rest = text.length > 24 ? Number(text.slice(23, 26)) : 0;
      assert.equal(ms * 1000 + rest, us);
      assert.equal(Math.round(Number(formatTime(us % 1e12, "relative")) * 1e6), (us % 1e12) + 0);
    }),
  );
  assert.equal(formatTime(-1500000, "relative"), "-1.5");
  assert.equal(formatTime(0, "relative"), "0");
});

test("cells a spreadsheet would run are defused", () => {
  for (const text of ["=1+1", "+1", "-1", "@x", "\tx"]) assert.match(csvText(text), /^"?'/);
  assert.equal(csvText("plain"), "plain");
  assert.equal(csvText('a"b'), '"a""b"');
});
