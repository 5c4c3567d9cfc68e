import assert from "node:assert/strict";
import { test } from "node:test";
import { eachAtOnce } from "./eachAtOnce.ts";

test("each is done once, no more at a time than wanted, from what comes at once and what comes later", async () => {
  async function* later() {
    for (let i = 0; i < 20; i++) yield i;
  }
  for (const items of [Array.from({ length: 20 }, (_, i) => i), later()]) {
    const done: number[] = [];
    let underWay = 0;
    let most = 0;
    await eachAtOnce(items, 3, async (item) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      done.push(item);
    });
    assert.deepEqual(
      done.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.equal(most, 3);
  }
});

test("a failure is thrown when those under way have ended, and ends the source", async () => {
  let isEnded = false;
  async function* source() {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isEnded = true;
    }
  }
  const ended: number[] = [];
  const running = eachAtOnce(source(), 2, async (item) => {
    if (item === 3) throw new Error("the third");
    await new Promise((resolve) => setImmediate(resolve));
    ended.push(item);
  });
  await assert.rejects(running, /the third/);
  assert.equal(isEnded, true);
  assert.ok(ended.length < 10);
});
