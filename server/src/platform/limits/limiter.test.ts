import assert from "node:assert/strict";
import { after, before, describe, type TestContext, test } from "node:test";
import { type RedisServer, skipRedis, startRedisServer } from "../../../test/support/redisServer.ts";
import { silentLog } from "../logs/log.ts";
import { createLimiters } from "./createLimiters.ts";
import { MOST_KEYS } from "./memoryLimiter.ts";
import { openRedis } from "./redisLink.ts";
import { limiterContract } from "./testing/limiterContract.ts";

describe("limits counted in this process", () => {
  limiterContract(async (t) => {
    t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.UTC(2026, 10, 25) });
    return { ...createLimiters(null), advance: async (ms) => t.mock.timers.tick(ms) };
  });
});

test("in this process, whoever has very many addresses has what was counted of the longest unused forgotten", async () => {
  const limiter = createLimiters(null).create({ name: "crowd", limit: 2, windowSeconds: 86_400 });
  await limiter.consume("first");
  await limiter.consume("kept up");
  for (let n = 0; n < MOST_KEYS - 2; n++) await limiter.consume(`passing ${n}`);
  await limiter.consume("kept up");
  assert.equal((await limiter.peek("first")).used, 1);
  await limiter.consume("one too many");
  assert.equal((await limiter.peek("first")).used, 0);
  assert.equal((await limiter.peek("kept up")).used, 2);
});

describe("limits counted in Redis", { skip: skipRedis }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedisServer();
  });
  after(() => server.stop());

  async function open(t: TestContext) {
    const redis = await openRedis(server.url, silentLog());
    t.after(() => redis.close());
    return redis;
  }

  limiterContract(async (t) => {
    const redis = await open(t);
    await redis.client.flushdb();
    return {
      ...createLimiters(redis),
      // Redis keeps its own time: what is left of every count is shortened instead.
      async advance(ms) {
        for (const key of await redis.client.keys("*")) {
          const leftMs = await redis.client.pttl(key);
          if (leftMs <= ms) await redis.client.del(key);
          else await redis.client.pexpire(key, leftMs - ms);
        }
      },
    };
  });

  test("two processes on one Redis count together", async (t) => {
    const options = { name: "shared", limit: 3, windowSeconds: 60 };
    const one = createLimiters(await open(t)).create(options);
    const other = createLimiters(await open(t)).create(options);
    await one.consume("ada", 2);
    assert.equal((await other.consume("ada")).used, 3);
    assert.equal((await one.consume("ada")).allowed, false);
    await other.reset("ada");
    assert.equal((await one.peek("ada")).used, 0);
  });

  test("without Redis limits go on in this process, and return to Redis when it does", async (t) => {
    const redis = await open(t);
    const limiter = createLimiters(redis).create({ name: "lost", limit: 2, windowSeconds: 60 });
    assert.equal((await limiter.consume("ada")).used, 1);
    await server.stop();
    const verdicts = [];
    for (let n = 0; n < 3; n++) verdicts.push(await limiter.consume("ada"));
    assert.deepEqual(
      verdicts.map(({ allowed }) => allowed),
      [true, true, false],
    );
    const ready = new Promise((resolve) => redis.client.once("ready", resolve));
    await server.restart();
    await ready;
    assert.equal(redis.usable(), true);
    assert.equal((await limiter.consume("ada")).used, 1, "counted in the new Redis");
  });

  test("a Redis that hangs costs one request a wait, and none an error", async (t) => {
    const redis = await open(t);
    const limiter = createLimiters(redis).create({ name: "hung", limit: 100, windowSeconds: 60 });
    server.freeze();
    t.after(() => server.thaw());
    assert.equal((await limiter.consume("ada")).allowed, true);
    assert.equal(redis.usable(), false);
    for (let n = 0; n < 20; n++) assert.equal((await limiter.consume("ada")).allowed, true);
    assert.equal(redis.usable(), false, "none of them asked Redis");
  });
});

test("a Redis that was never there does not keep the program from starting", async (t) => {
  const redis = await openRedis("redis://127.0.0.1:1/0", silentLog());
  t.after(() => redis.close());
  const limiter = createLimiters(redis).create({ name: "absent", limit: 1, windowSeconds: 60 });
  assert.deepEqual(
    [(await limiter.consume("ada")).allowed, (await limiter.consume("ada")).allowed],
    [true, false],
  );
});
