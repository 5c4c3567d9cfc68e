/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Bool,
  Float64,
  makeBuilder,
  makeTable,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  vectorFromArray,
} from "apache-arrow";
import { decodeTile } from "./decodeTile.ts";

function timestamps(values: number[]) {
  const builder = makeBuilder({ type: new TimestampMicrosecond() });
  for (const value of values) builder.append(value);
  return builder.finish().toVector();
}

test("single rows have one array for low, high and mean", () => {
  const bytes = tableToIPC(
    new Table({
      index: vectorFromArray([5, 6, 7], new Float64()),
      t: timestamps([1000, 2000, 2500]),
      gap: vectorFromArray([1, 0, 1], new Float64()),
      b_x: vectorFromArray([-1.5, Number.NaN, -3], new Float64()),
    }),
    "stream",
  );
  const tile = decodeTile(bytes, 7);
  assert.deepEqual([...tile.index], [5, 6, 7]);
  assert.equal(tile.endIndex, 8);
  assert.deepEqual([...tile.gap], [1, 0, 1]);
  const channel = tile.channels.get("b_x");
  assert.ok(channel);
  assert.deepEqual([...channel.low], [-1.5, Number.NaN, -3]);
  assert.equal(channel.low, channel.high);
  // The builder takes milliseconds and stores microseconds.
  assert.deepEqual([...tile.seconds], [1, 2, 2.5]);
});

test("buckets are read as low, high and mean, and counts are no channel", () => {
  const bytes = tableToIPC(
    makeTable({
      index: new Float64Array([0, 8]),
      b_min: new Float64Array([-9, Number.NaN]),
      b_max: new Float64Array([-7, Number.NaN]),
      b_mean: new Float64Array([-8, Number.NaN]),
      b_count: new Int32Array([8, 0]),
    }),
    "stream",
  );
  const tile = decodeTile(bytes, 15);
  assert.deepEqual([...tile.channels.keys()], ["b"]);
  assert.deepEqual([...(tile.channels.get("b")?.high ?? [])], [-7, Number.NaN]);
  assert.ok(Number.isNaN(tile.seconds[0]));
});

test("nulls become NaN and a boolean gap column is understood", () => {
  const bytes = tableToIPC(
    new Table({
      index: vectorFromArray([0, 1], new Float64()),
      gap: vectorFromArray([true, false], new Bool()),
      b_y: vectorFromArray([null, 2], new Float64()),
    }),
    "stream",
  );
  const tile = decodeTile(bytes, 1);
  assert.deepEqual([...tile.gap], [1, 0]);
  assert.deepEqual([...(tile.channels.get("b_y")?.low ?? [])], [Number.NaN, 2]);
});

test("a channel of the file whose own name ends in _max stays a channel", () => {
  const bytes = tableToIPC(
    makeTable({ index: new Float64Array([0]), temperature_max: new Float64Array([20]) }),
    "stream",
  );
  assert.deepEqual([...decodeTile(bytes, 0).channels.keys()], ["temperature_max"]);
});

test("an answer without an index column is refused", () => {
  const bytes = tableToIPC(makeTable({ b: new Float64Array([1]) }), "stream");
  assert.throws(() => decodeTile(bytes, 0), /index/);
});
