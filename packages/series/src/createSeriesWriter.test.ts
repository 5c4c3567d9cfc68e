import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordBatchReader, tableFromIPC } from "apache-arrow";
import { memoryFiles } from "../test/memoryFiles.ts";
import { evenTimes, writtenSeries } from "../test/writtenSeries.ts";
import { createSeriesWriter } from "./createSeriesWriter.ts";
import { readMicroseconds } from "./microseconds.ts";

function ticksOf(bytes: Uint8Array): Float64Array {
  const ticks = tableFromIPC(bytes).getChild("t")!.toArray() as BigInt64Array;
  const timeUs = new Float64Array(ticks.length);
  readMicroseconds(new Uint8Array(ticks.buffer, ticks.byteOffset, ticks.byteLength), ticks.length, timeUs);
  return timeUs;
}

for (const rows of [1, 2, 4095, 4096, 4097, 16384, 40000]) {
  test(`${rows} rows are an Arrow file that others read as it is`, async () => {
    const timeUs = evenTimes(rows);
    const b = timeUs.map((_, i) => (i % 7 === 3 ? Number.NaN : -50000 + Math.sin(i) * 100));
    const { files } = await writtenSeries({ timeUs, columns: { b_x: b, extra: b } });
    const base = files.files.get("base.arrow")!;
    const table = tableFromIPC(base);
    assert.deepEqual(
      table.schema.fields.map((field) => `${field.name} ${field.type}`),
      ["t Timestamp<MICROSECOND, UTC>", "b_x Float64", "extra Float64"],
    );
    assert.equal(table.schema.metadata.get("magtrace.time_kind"), "absolute");
    assert.deepEqual(ticksOf(base), timeUs);
    assert.deepEqual(table.getChild("b_x")!.toArray(), b);
    assert.deepEqual(table.getChild("extra")!.toArray(), b);
    // As a stream too: what stands between magic and footer is one.
    const stream = RecordBatchReader.from(base.subarray(8));
    assert.equal(
      [...stream].reduce((sum, batch) => sum + batch.numRows, 0),
      rows,
    );
  });
}

test("a level exists when it has at least 512 buckets", async () => {
  const counts = new Map([
    [4088, ["base.arrow"]],
    [4089, ["base.arrow", "level1.arrow"]],
    [32704, ["base.arrow", "level1.arrow"]],
    [32705, ["base.arrow", "level1.arrow", "level2.arrow"]],
    [300000, ["base.arrow", "level1.arrow", "level2.arrow", "level3.arrow"]],
  ]);
  for (const [rows, names] of counts) {
    const { files, manifest } = await writtenSeries({
      timeUs: evenTimes(rows),
      columns: {},
      chunkRows: 50000,
    });
    assert.deepEqual([...files.files.keys()].sort(), [...names, "series.json"]);
    assert.deepEqual(
      manifest.files.map((file) => file.rows),
      names.map((_, k) => Math.ceil(rows / 8 ** k)),
    );
    assert.equal(files.open.size, 0);
  }
});

test("every bucket of every level holds what its rows hold", async () => {
  const rows = 70001;
  const b_x = Float64Array.from({ length: rows }, (_, i) =>
    i % 50 < 20 ? Number.NaN : -1000 - ((i * 7919) % 1013),
  );
  const timeUs = evenTimes(rows);
  timeUs.fill(timeUs[40000] + 9e6, 40001);
  const { files, manifest } = await writtenSeries({ timeUs, columns: { b_x } });
  for (const [k, file] of manifest.files.entries()) {
    if (k === 0) continue;
    const size = 8 ** k;
    const table = tableFromIPC(files.files.get(file.name)!);
    const cells = new Map(table.schema.names.map((name) => [name, table.getChild(name)!.toArray()]));
    const column = (name: string): Float64Array => cells.get(name);
    const times = ticksOf(files.files.get(file.name)!);
    for (let bucket = 0; bucket < file.rows; bucket++) {
      const first = bucket * size;
      const all = b_x.subarray(first, first + size);
      const values = all.filter((value) => !Number.isNaN(value));
      assert.equal(times[bucket], timeUs[first]);
      assert.equal(column("b_x_count")[bucket], values.length);
      assert.equal(
        column("b_x_min")[bucket],
        values.length === 0 ? Number.NaN : values.reduce((a, v) => Math.min(a, v)),
      );
      assert.equal(
        column("b_x_max")[bucket],
        values.length === 0 ? Number.NaN : values.reduce((a, v) => Math.max(a, v)),
      );
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const error = Math.abs(column("b_x_mean")[bucket] - mean);
      assert.ok(values.length === 0 ? Number.isNaN(error) : error < 1e-8);
      if (bucket === file.rows - 1) continue;
      const steps = [...all].map((_, i) => Math.abs(timeUs[first + i + 1] - timeUs[first + i]));
      assert.equal(column("step_max")[bucket], Math.max(...steps));
    }
    assert.equal(column("step_max")[file.rows - 1], Number.POSITIVE_INFINITY);
  }
});

test("statistics are those of the values, also on a large level with little noise", async () => {
  const rows = 20000;
  const b = Float64Array.from({ length: rows }, (_, i) => -50000 + ((i * 31) % 100) * 1e-4);
  b[5] = Number.NaN;
  const { manifest, series } = await writtenSeries({
    timeUs: evenTimes(rows),
    columns: { b, none: b.map(() => Number.NaN) },
  });
  const values = b.filter((value) => !Number.isNaN(value));
  const mean = values.reduce((sum, value) => sum + (value + 50000), 0) / values.length - 50000;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const [first, second] = manifest.statistics;
  assert.equal(first.count, rows - 1);
  assert.equal(first.nanCount, 1);
  assert.equal(first.min, Math.min(...values));
  assert.equal(first.max, Math.max(...values));
  assert.ok(Math.abs(first.mean - mean) < 1e-9);
  assert.ok(Math.abs(first.std / Math.sqrt(variance) - 1) < 1e-6);
  assert.deepEqual(second, {
    name: "none",
    count: 0,
    nanCount: rows,
    min: NaN,
    max: NaN,
    mean: NaN,
    std: NaN,
  });
  assert.deepEqual(series.statistics, manifest.statistics);
});

test("an empty series is a readable file", async () => {
  const { files, series } = await writtenSeries({
    timeUs: evenTimes(0),
    columns: { b_x: new Float64Array(0) },
  });
  assert.equal(tableFromIPC(files.files.get("base.arrow")!).numRows, 0);
  assert.deepEqual(series.tracks, []);
  assert.equal((await series.window({ startIndex: 0, endIndex: 0, points: 10 })).index.length, 0);
});

test("a writer refuses what it cannot keep", async () => {
  const make = (channels: string[]): void => {
    createSeriesWriter({ channels, timeKind: "absolute", openSink: memoryFiles().openSink });
  };
  for (const channels of [["t"], [""], ["gap"], ["a", "a"], ["a", "a_min"], ["a_count", "a"], ["index"]]) {
    assert.throws(() => make(channels), RangeError, channels.join());
  }
  const files = memoryFiles();
  const writer = createSeriesWriter({ channels: [], timeKind: "absolute", openSink: files.openSink });
  const row = { rows: 1, timeUs: Float64Array.of(Number.NaN), columns: [] };
  await assert.rejects(writer.append(row), RangeError);
  writer.startTrack("a");
  await writer.append(row);
  await assert.rejects(writer.finish(), RangeError);
  await writer.abort();
  await writer.abort();
  assert.equal(files.open.size, 0);
  assert.equal(files.files.size, 0);
});

test("aborting drops every file that was begun", async () => {
  const files = memoryFiles();
  const writer = createSeriesWriter({ channels: ["b"], timeKind: "relative", openSink: files.openSink });
  writer.startTrack("a");
  await writer.append({ rows: 200000, timeUs: evenTimes(200000), columns: [new Float64Array(200000)] });
  assert.deepEqual([...files.open].sort(), ["base.arrow", "level1.arrow", "level2.arrow"]);
  await writer.abort();
  assert.equal(files.open.size, 0);
  assert.equal(files.aborted.size, 3);
  assert.equal(files.files.size, 0);
});
