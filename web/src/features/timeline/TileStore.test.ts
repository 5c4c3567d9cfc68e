/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { TileStore } from "./TileStore.ts";
import { type Tile, tileKey } from "./tiles.ts";

interface Call {
  tile: Tile;
  signal: AbortSignal;
  resolve: (value: string) => void;
  reject: (error: unknown) => void;
}

function setUp(options: { capacity?: number; concurrency?: number } = {}) {
  const calls: Call[] = [];
  let changes = 0;
  const store = new TileStore<string>({
    fetchTile: (tile, signal) =>
      new Promise((resolve, reject) => {
        calls.push({ tile, signal, resolve, reject });
      }),
    onChange: () => {
      changes += 1;
    },
    ...options,
  });
  return { store, calls, changes: () => changes };
}

const tile = (index: number): Tile => ({ level: 0, index });
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a tile is fetched once, however often it is wanted", async () => {
  const { store, calls, changes } = setUp();
  store.want([tile(1)]);
  store.want([tile(1)]);
  assert.equal(calls.length, 1);
  assert.equal(store.loading, true);
  calls[0]?.resolve("data");
  await settle();
  assert.equal(store.peek(tile(1)), "data");
  assert.equal(store.loading, false);
  assert.equal(changes(), 1);
  store.want([tile(1)]);
  assert.equal(calls.length, 1);
});

test("moving away aborts the request, and coming back asks again", async () => {
  const { store, calls } = setUp();
  store.want([tile(1)]);
  store.want([tile(2)]);
  assert.equal(calls[0]?.signal.aborted, true);
  calls[0]?.reject(new DOMException("Aborted", "AbortError"));
  await settle();
  store.want([tile(1)]);
  assert.deepEqual(
    calls.map((call) => call.tile.index),
    [1, 2, 1],
  );
  assert.equal(store.error, undefined);
});

test("an answer that comes after it was aborted is not kept", async () => {
  const { store, calls } = setUp();
  store.want([tile(1)]);
  store.want([]);
  calls[0]?.resolve("late");
  await settle();
  assert.equal(store.peek(tile(1)), undefined);
});

test("what is in view is asked for before what may be next, a few at a time", async () => {
  const { store, calls } = setUp({ concurrency: 2 });
  store.want([tile(1), tile(2)], [tile(3)]);
  assert.deepEqual(
    calls.map((call) => tileKey(call.tile)),
    ["0/1", "0/2"],
  );
  calls[1]?.resolve("data");
  await settle();
  assert.equal(calls[2]?.tile.index, 3);
});

test("a failure is reported while in view, not asked for in a loop, and asked for again on request", async () => {
  const { store, calls } = setUp();
  store.want([tile(1)]);
  calls[0]?.reject(new Error("no"));
  await settle();
  assert.match(String(store.error), /no/);
  assert.equal(store.loading, false);
  store.want([tile(1)]);
  assert.equal(calls.length, 1);
  store.retry();
  assert.equal(calls.length, 2);
  assert.equal(store.error, undefined);
});

test("the least recently seen tile goes first, never one in view", async () => {
  const { store, calls } = setUp({ capacity: 2 });
  for (const index of [1, 2]) {
    store.want([tile(index)]);
    calls.at(-1)?.resolve(`data ${index}`);
    await settle();
  }
  store.want([tile(1)]);
  store.want([tile(1), tile(3)]);
  calls.at(-1)?.resolve("data 3");
  await settle();
  assert.equal(store.peek(tile(2)), undefined);
  assert.equal(store.peek(tile(1)), "data 1");
  assert.equal(store.peek(tile(3)), "data 3");
});

test("a closed store aborts and asks for nothing more", () => {
  const { store, calls } = setUp();
  store.want([tile(1)]);
  store.close();
  assert.equal(calls[0]?.signal.aborted, true);
  store.want([tile(2)]);
  assert.equal(calls.length, 1);
});
