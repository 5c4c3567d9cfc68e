import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "./createRandom.ts";

test("the same seed and stream give the same numbers, another seed or stream others", () => {
  const take = (seed: number, stream?: number) => Array.from({ length: 8 }, createRandom(seed, stream));
  assert.deepEqual(take(7), take(7));
  assert.deepEqual(take(7), take(7, 0));
  const starts = new Set<number>();
  for (let seed = 0; seed < 100; seed++) {
    for (let stream = 0; stream < 100; stream++) starts.add(createRandom(seed, stream)());
  }
  assert.ok(starts.size > 9990, `${starts.size} of 10000 sequences start differently`);
});

test("the sequence is the one every earlier version gave, so old sessions can be re-made", () => {
  const random = createRandom(1, 2);
  const first = Array.from({ length: 3 }, () => random() * 0x1_0000_0000);
  assert.deepEqual(first, [2265453302, 996570092, 3223185454]);
});

test("numbers lie in [0, 1) and are uniform in mean, variance and every decile", () => {
  const random = createRandom(-3);
  const n = 100_000;
  const deciles = new Array<number>(10).fill(0);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const value = random();
    assert.ok(value >= 0 && value < 1);
    sum += value;
    squares += value * value;
    deciles[Math.floor(value * 10)]!++;
  }
  assert.ok(Math.abs(sum / n - 0.5) < 0.004);
  assert.ok(Math.abs(squares / n - 1 / 3) < 0.004);
  for (const count of deciles) assert.ok(Math.abs(count - n / 10) < 450, `decile of ${count}`);
});
