import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Limiter, LimitOptions } from "../limiter.ts";

export interface LimiterStage {
  create(options: LimitOptions): Limiter;
  /** Lets time pass for every count. */
  advance(ms: number): Promise<void>;
}

const threeAMinute = { name: "contract", limit: 3, windowSeconds: 60 };

/** What every limiter does, wherever it counts. */
export function limiterContract(openStage: (t: TestContext) => Promise<LimiterStage>): void {
  test("the allowed number passes, the next is refused, time restores it", async (t) => {
    const { create, advance } = await openStage(t);
    const limiter = create(threeAMinute);
    const verdicts = [];
    for (let n = 0; n < 5; n++) verdicts.push(await limiter.consume("ada"));
    assert.deepEqual(
      verdicts.map(({ allowed, used, remaining }) => [allowed, used, remaining]),
      [
        [true, 1, 2],
        [true, 2, 1],
        [true, 3, 0],
        [false, 4, 0],
        [false, 5, 0],
      ],
    );
    const last = verdicts[4]!;
    assert.ok(last.retryAfterMs > 59_000 && last.retryAfterMs <= 60_000, String(last.retryAfterMs));
    assert.equal(last.resetMs, last.retryAfterMs);
    await advance(30_000);
    const later = await limiter.consume("ada");
    assert.equal(later.allowed, false, "being refused does not start the window anew, nor end it");
    assert.ok(later.resetMs <= 30_000);
    await advance(30_001);
    assert.equal((await limiter.consume("ada")).used, 1);
  });

  test("keys, and limiters of different names, are counted apart", async (t) => {
    const { create } = await openStage(t);
    const limiter = create(threeAMinute);
    await limiter.consume("ada", 3);
    assert.equal((await limiter.consume("ada")).allowed, false);
    assert.equal((await limiter.consume("eve")).used, 1);
    assert.equal((await create({ ...threeAMinute, name: "other" }).consume("ada")).used, 1);
  });

  test("looking counts nothing", async (t) => {
    const { create } = await openStage(t);
    const limiter = create(threeAMinute);
    assert.deepEqual(await limiter.peek("ada"), {
      allowed: true,
      used: 0,
      remaining: 3,
      resetMs: 0,
      retryAfterMs: 0,
    });
    await limiter.consume("ada", 2);
    assert.deepEqual([(await limiter.peek("ada")).used, (await limiter.peek("ada")).allowed], [2, true]);
    await limiter.consume("ada");
    assert.equal((await limiter.peek("ada")).allowed, false);
    assert.ok((await limiter.peek("ada")).retryAfterMs > 59_000);
  });

  test("a block refuses for as long as it says, and a reset forgives everything", async (t) => {
    const { create, advance } = await openStage(t);
    const limiter = create(threeAMinute);
    await limiter.block("ada", 299_500);
    const held = await limiter.peek("ada");
    assert.equal(held.allowed, false);
    assert.ok(held.retryAfterMs > 299_000 && held.retryAfterMs <= 300_000, String(held.retryAfterMs));
    await advance(120_000);
    assert.equal((await limiter.consume("ada")).allowed, false, "a block may be longer than a window");
    await limiter.reset("ada");
    assert.equal((await limiter.consume("ada")).used, 1);
    await limiter.block("ada", 5_000);
    await advance(5_001);
    assert.equal((await limiter.peek("ada")).used, 0);
  });

  test("many at once are counted each", async (t) => {
    const { create } = await openStage(t);
    const limiter = create({ ...threeAMinute, limit: 50 });
    const verdicts = await Promise.all(Array.from({ length: 80 }, () => limiter.consume("ada")));
    assert.equal(verdicts.filter(({ allowed }) => allowed).length, 50);
  });
}
