import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWhenIdle } from "./collectWhenIdle.ts";

test("collects once when work has ended, and again only after other work", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const shares = [0.9, 0.02, 0, 0.01, 0.5, 0.4, 0.03, 0];
  const collectedAt: number[] = [];
  let turn = 0;
  const end = collectWhenIdle({
    everyMs: 10,
    utilization: () => shares[turn]!,
    collect: () => collectedAt.push(turn),
  });
  for (; turn < shares.length; turn++) t.mock.timers.tick(10);
  assert.deepEqual(collectedAt, [1, 6]);
  end();
  turn = 0;
  t.mock.timers.tick(100);
  assert.equal(collectedAt.length, 2);
});

test("what nobody refers to is gone soon after, without anybody asking for memory", async () => {
  const made = new WeakRef(Array.from({ length: 1e5 }, (_, i) => ({ i })));
  const end = collectWhenIdle({ everyMs: 1, utilization: () => 0 });
  while (made.deref() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  end();
});
