import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeriesWriter } from "@magtrace/series";
import { MemoryObjects } from "../platform/objects/testing/memoryObjects.ts";
import type { ObjectReader } from "../platform/objects/types.ts";
import { estimatedBytes, SeriesCache } from "./seriesCache.ts";

const ROWS = 3;

/** Objects that count the readers that are open. */
class CountedObjects extends MemoryObjects {
  readonly opened: string[] = [];
  readonly closed: string[] = [];

  override async open(key: string): Promise<ObjectReader> {
    const reader = await super.open(key);
    this.opened.push(key);
    return {
      size: reader.size,
      read: (start, length) => reader.read(start, length),
      stream: (start, end) => reader.stream(start, end),
      close: async () => {
        this.closed.push(key);
        await reader.close();
      },
    };
  }
}

async function withSeries(objects: MemoryObjects, prefix: string, tracks = 1): Promise<void> {
  const writer = createSeriesWriter({
    channels: ["b_x"],
    timeKind: "relative",
    openSink: (name) => objects.createWriter(prefix + name),
  });
  for (let track = 0; track < tracks; track++) {
    writer.startTrack(`sensor ${track}`);
    await writer.append({
      rows: ROWS,
      timeUs: Float64Array.of(0, 1, 2),
      columns: [Float64Array.of(-1, -2, -3)],
    });
  }
  await writer.finish();
}

const firstRow = (cache: SeriesCache, prefix: string) =>
  cache.use(prefix, async (series) => (await series.readRows(0, 1)).columns[0]![0]);

test("a series is opened once for as long as there is room, and closed when others need it", async () => {
  const objects = new CountedObjects();
  const names = ["series/1/", "series/2/", "series/3/"];
  for (const name of names) await withSeries(objects, name);
  const one = await new SeriesCache(objects).use(names[0]!, async (series) => estimatedBytes(series));
  objects.opened.length = 0;
  const cache = new SeriesCache(objects, 2 * one + 1024);
  for (const name of [names[0]!, names[1]!, names[0]!]) assert.equal(await firstRow(cache, name), -1);
  assert.deepEqual(
    objects.opened.filter((key) => key.endsWith("base.arrow")),
    ["series/1/base.arrow", "series/2/base.arrow"],
  );
  assert.equal(await firstRow(cache, names[2]!), -1);
  assert.ok(cache.bytes <= 2 * one + 1024, `${cache.bytes} bytes`);
  await new Promise(setImmediate);
  assert.deepEqual(
    objects.closed.filter((key) => key.endsWith("base.arrow")),
    ["series/2/base.arrow"],
  );
});

test("what a series takes is counted by what is in it, not as one", async () => {
  const objects = new CountedObjects();
  await withSeries(objects, "series/1/");
  await withSeries(objects, "series/2/", 2_000);
  const cache = new SeriesCache(objects);
  await firstRow(cache, "series/1/");
  const small = cache.bytes;
  await firstRow(cache, "series/2/");
  assert.ok(cache.bytes > small + 2_000 * 100, `${cache.bytes} after ${small} bytes`);
});

test("a series that is lent is closed only when it comes back", async () => {
  const objects = new CountedObjects();
  await withSeries(objects, "series/1/");
  await withSeries(objects, "series/2/");
  const cache = new SeriesCache(objects, 4096);
  await cache.use("series/1/", async (series) => {
    await firstRow(cache, "series/2/");
    assert.deepEqual((await series.readRows(2, 3)).columns[0], Float64Array.of(-3));
    assert.ok(!objects.closed.includes("series/1/base.arrow"));
  });
  await new Promise(setImmediate);
  assert.ok(objects.closed.includes("series/1/base.arrow"));
});

test("a series that could not be opened is tried again", async () => {
  const objects = new CountedObjects();
  const cache = new SeriesCache(objects);
  await assert.rejects(firstRow(cache, "series/1/"));
  await withSeries(objects, "series/1/");
  assert.equal(await firstRow(cache, "series/1/"), -1);
  assert.ok(cache.bytes > 0);
  await cache.close();
  assert.equal(cache.bytes, 0);
});
