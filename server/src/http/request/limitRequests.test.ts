import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { after, before, describe, type TestContext, test } from "node:test";
import type { FastifyReply } from "fastify";
import { type RedisServer, skipRedis, startRedisServer } from "../../../test/support/redisServer.ts";
import { createActor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { createLimiters } from "../../platform/limits/createLimiters.ts";
import {
  addressFactor,
  type RateKind,
  type RateRole,
  rateKinds,
  roleFactors,
} from "../../platform/limits/rateKinds.ts";
import { openRedis } from "../../platform/limits/redisLink.ts";
import { createRequestLimits, type PerMinute } from "../../platform/limits/requestLimits.ts";
import { silentLog } from "../../platform/logs/log.ts";
import { createApp } from "../app.ts";
import type { AppOptions } from "../appOptions.ts";
import { type Route, route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp, testActor, testOptions } from "../testing/testApp.ts";

const say = { summary: "Says something", schemas: {}, handler: async () => "something" };
const routes: Route[] = [
  route({ ...say, method: "GET", path: "/read/", permission: "project.read" }),
  route({ ...say, method: "GET", path: "/open/", permission: "public" }),
  route({ ...say, method: "POST", path: "/write/", permission: "project.change" }),
  route({ ...say, method: "POST", path: "/upload/", permission: "project.change", limit: "upload" }),
  route({ ...say, method: "POST", path: "/train/", permission: "training.run" }),
  route({ ...say, method: "POST", path: "/sign-in/", permission: "public" }),
  route({ ...say, method: "GET", path: "/unlimited/", permission: "public", limit: "none" }),
];
const [read] = routes as [Route];

const perMinute: PerMinute = { sign_in: 4, read: 8, write: 4, upload: 4, training: 8 };
const addressOf: Record<RateKind, string> = {
  sign_in: "/sign-in/",
  read: "/read/",
  write: "/write/",
  upload: "/upload/",
  training: "/train/",
};

/** Whoever the header says: `user 3`, `admin 1`; nobody without it; a bad credential for `bad`. */
const authenticate: AppOptions["authenticate"] = async ({ headers }) => {
  const said = headers["x-test-user"];
  if (typeof said !== "string") return null;
  if (said === "bad") throw new AppError("not_signed_in", "This token is unknown.");
  const [role, id] = said.split(" ");
  const user = { ...testActor.access.user, id: Number(id) };
  return createActor(
    { ...user, user_id: user.id, role: role as "user", disabled: false, organizations: [], ticket: null },
    { credential: { kind: "token", tokenId: 1 } },
  );
};

interface Ask {
  readonly as?: string;
  readonly from?: string;
  readonly forwarded?: string;
}

type Stage = (
  t: TestContext,
  more?: Partial<AppOptions>,
) => Promise<(path: string, ask?: Ask) => Promise<Answer>>;
interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
}

function stageOn(makeLimits: (t: TestContext) => Promise<NonNullable<AppOptions["limits"]>>): Stage {
  return async (t, more = {}) => {
    const app = await createApp(testOptions(routes, { authenticate, limits: await makeLimits(t), ...more }));
    t.after(() => app.close());
    return async (path, { as, from = "198.51.100.1", forwarded } = {}) => {
      const method = routes.find((each) => each.path === path)?.method ?? "GET";
      const { statusCode, headers, body } = await app.inject({
        method,
        url: path,
        remoteAddress: from,
        headers: {
          ...(as === undefined ? {} : { "x-test-user": as }),
          ...(forwarded === undefined ? {} : { "x-forwarded-for": forwarded }),
        },
      });
      return { status: statusCode, headers, body };
    };
  };
}

async function allowedOf(ask: () => Promise<Answer>, most = 100): Promise<number> {
  for (let n = 0; n < most; n++) if ((await ask()).status === 429) return n;
  return most;
}

function limitTests(stage: Stage): void {
  test("the allowed number passes, the next is refused in words and says when to come back", async (t) => {
    const ask = await stage(t);
    for (let n = 1; n <= 8; n++) {
      const { status, headers } = await ask("/read/", { as: "user 1" });
      assert.equal(status, 200);
      assert.equal(headers["ratelimit-limit"], "8");
      assert.equal(headers["ratelimit-remaining"], String(8 - n));
      assert.equal(headers["ratelimit-reset"], "60");
      assert.equal(headers["retry-after"], undefined);
    }
    const { status, headers, body } = await ask("/read/", { as: "user 1" });
    assert.equal(status, 429);
    const { request_id, ...rest } = JSON.parse(body);
    assert.deepEqual(rest, {
      error: "Too many requests. Try again in 60 s.",
      code: "too_many_requests",
      details: { retry_after_seconds: 60 },
    });
    assert.equal(request_id, headers["x-request-id"]);
    assert.equal(headers["retry-after"], "60");
    assert.equal(headers["ratelimit-remaining"], "0");
  });

  for (const role of Object.keys(roleFactors) as RateRole[]) {
    test(`${role}: each kind has its own number, and does not use up another's`, async (t) => {
      const ask = await stage(t);
      for (const kind of rateKinds) {
        const as = role === "anonymous" ? {} : { as: `${role} 1` };
        const wanted = Math.min(perMinute[kind] * roleFactors[role][kind], perMinute[kind] * addressFactor);
        assert.equal(await allowedOf(() => ask(addressOf[kind], as)), wanted, kind);
      }
    });
  }

  test("users at one address are counted each, and together at a multiple", async (t) => {
    const ask = await stage(t);
    let passed = 0;
    for (let user = 1; user <= 6; user++)
      passed += await allowedOf(() => ask("/read/", { as: `user ${user}` }));
    assert.ok(passed < 6 * 8, "not all of them had theirs");
    // A refusal by a user's own limit has been counted for the address before.
    assert.equal(passed, 29);
    assert.equal((await ask("/read/", { as: "user 9", from: "198.51.100.2" })).status, 200);
  });

  test("a user is counted across addresses", async (t) => {
    const ask = await stage(t);
    let n = 0;
    assert.equal(await allowedOf(() => ask("/read/", { as: "user 1", from: `198.51.100.${++n}` })), 8);
  });

  test("one network of IPv6 is one address", async (t) => {
    const ask = await stage(t);
    let n = 0;
    const wander = () => ask("/open/", { from: `2001:db8:0:1::${(++n).toString(16)}` });
    assert.equal(await allowedOf(wander), 4);
    assert.equal((await ask("/open/", { from: "2001:db8:0:2::1" })).status, 200);
  });

  test("a forged X-Forwarded-For gets nobody a new count", async (t) => {
    const ask = await stage(t);
    let n = 0;
    const forge = () => ask("/open/", { forwarded: `203.0.113.${++n}, 10.0.0.${n}` });
    assert.equal(await allowedOf(forge), 4);
  });

  test("behind a trusted proxy clients are counted each, and what they forge before it is not looked at", async (t) => {
    const ask = await stage(t, { trustProxy: ["198.51.100.1"] });
    let n = 0;
    const forge = () => ask("/open/", { forwarded: `203.0.113.${++n}, 192.0.2.7` });
    assert.equal(await allowedOf(forge), 4);
    assert.equal((await ask("/open/", { forwarded: "192.0.2.8" })).status, 200);
    const direct = () => ask("/open/", { from: "198.51.100.9", forwarded: `203.0.113.${++n}` });
    assert.equal(await allowedOf(direct), 4, "who passes the proxy by is trusted no more than before");
  });

  test("credentials that are not good are counted, those that are go on passing at the same address", async (t) => {
    const ask = await stage(t);
    const statuses = [];
    for (let n = 0; n < 17; n++) statuses.push((await ask("/read/", { as: "bad" })).status);
    assert.deepEqual(statuses, [...Array.from({ length: 16 }, () => 401), 429]);
    assert.equal((await ask("/read/", { as: "user 1" })).status, 200);
  });

  test("what does not exist is counted, health and pages are not", async (t) => {
    const ask = await stage(t);
    assert.equal(await allowedOf(() => ask("/nothing/")), 8 * addressFactor);
    assert.equal(await allowedOf(() => ask("/unlimited/")), 100);
  });
}

describe("limits on requests, counted in this process", () => {
  const stage = stageOn(async () => createRequestLimits(createLimiters(null), perMinute));
  limitTests(stage);

  test("time restores what was used up", async (t) => {
    t.mock.timers.enable({ apis: ["Date", "setTimeout"] });
    const ask = await stage(t);
    assert.equal(await allowedOf(() => ask("/read/", { as: "user 1" })), 8);
    t.mock.timers.tick(59_000);
    const early = await ask("/read/", { as: "user 1" });
    assert.deepEqual([early.status, early.headers["retry-after"]], [429, "1"]);
    t.mock.timers.tick(1_001);
    assert.equal(await allowedOf(() => ask("/read/", { as: "user 1" })), 8);
  });

  test("0 is no limit", async (t) => {
    const none = { ...perMinute, read: 0 };
    const ask = await stage(t, { limits: createRequestLimits(createLimiters(null), none) });
    assert.equal(await allowedOf(() => ask("/read/", { as: "user 1" })), 100);
    assert.equal(await allowedOf(() => ask("/write/", { as: "user 1" })), 4);
  });
});

describe("limits on requests, counted in Redis", { skip: skipRedis }, () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedisServer();
  });
  after(() => server.stop());
  limitTests(
    stageOn(async (t) => {
      const redis = await openRedis(server.url, silentLog());
      t.after(() => redis.close());
      await redis.client.flushdb();
      return createRequestLimits(createLimiters(redis), perMinute);
    }),
  );
});

describe("requests under way at once", () => {
  /** Begins an answer and does not end it. */
  const stuck = {
    summary: "Stuck",
    schemas: {},
    handler: async ({ reply }: { reply: FastifyReply }) => {
      const stream = new PassThrough();
      stream.write("begun");
      return reply.type("text/plain").send(stream);
    },
  };

  test("are bounded for a user, and an ended one makes room", async (t) => {
    const bounds = { requestsPerUser: 2, streamsPerUser: 1, requestsPerAddress: 10 };
    const mine = { ...stuck, method: "GET", permission: "project.read" } as const;
    const routes = [
      route({ ...mine, path: "/stuck/" }),
      route({ ...mine, path: "/listen/", produces: "text/event-stream" }),
      read,
    ];
    const { port, address } = await listeningApp(t, routes, { bounds, authenticate });
    const get = (path: string) =>
      new RawClient(t, port).send(`GET ${path} HTTP/1.1\r\nHost: a\r\nX-Test-User: user 1\r\n\r\n`);
    const as = (user: string) => fetch(`${address}/read/`, { headers: { "x-test-user": user } });

    const first = get("/stuck/");
    assert.equal(await first.status(), 200);
    assert.equal(await get("/stuck/").status(), 200);
    const refused = await as("user 1");
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "1");
    assert.equal((await as("user 2")).status, 200, "others are not concerned");
    assert.equal(await get("/listen/").status(), 200, "streams of events are counted apart");
    assert.equal(await get("/listen/").status(), 429);
    first.socket.destroy();
    await first.ended;
    while ((await as("user 1")).status !== 200) await new Promise((resolve) => setImmediate(resolve));
  });

  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nX-Test-User: user 1\r\n`;

  test("are none of a client that left while it was looked up who asks", async (t) => {
    let arrived = Promise.withResolvers<void>();
    let left = Promise.withResolvers<void>();
    const { port, address } = await listeningApp(t, [read], {
      bounds: { requestsPerUser: 1 },
      authenticate: async (request) => {
        if (request.headers["x-test-slow"] !== undefined) {
          const closed = new Promise((resolve) => request.raw.socket.once("close", resolve));
          arrived.resolve();
          await closed;
          left.resolve();
        }
        return authenticate(request);
      },
    });
    for (let n = 0; n < 3; n++) {
      [arrived, left] = [Promise.withResolvers(), Promise.withResolvers()];
      const client = new RawClient(t, port).send(`${ask("/read/")}X-Test-Slow: 1\r\n\r\n`);
      await arrived.promise;
      client.socket.destroy();
      await left.promise;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answer = await fetch(`${address}/read/`, { headers: { "x-test-user": "user 1" } });
    assert.equal(answer.status, 200);
  });

  test("last as long as their work does, whether or not anybody waits for it", async (t) => {
    const [left, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const begun = Promise.withResolvers<void>();
    const work = route({
      ...say,
      method: "GET",
      path: "/work/",
      permission: "project.read",
      handler: async ({ raw }) => {
        const closed = new Promise((resolve) => raw.raw.socket.once("close", resolve));
        begun.resolve();
        await closed;
        left.resolve();
        await finish.promise;
      },
    });
    const { port, address } = await listeningApp(t, [work, read], {
      bounds: { requestsPerUser: 1 },
      authenticate,
    });
    const status = async () =>
      (await fetch(`${address}/read/`, { headers: { "x-test-user": "user 1" } })).status;
    const client = new RawClient(t, port).send(`${ask("/work/")}\r\n`);
    await begun.promise;
    client.socket.destroy();
    await left.promise;
    assert.equal(await status(), 429);
    finish.resolve();
    while ((await status()) !== 200) await new Promise((resolve) => setImmediate(resolve));
  });

  test("are bounded for an address", async (t) => {
    const anybodys = route({ ...stuck, method: "GET", path: "/stuck/", permission: "public" });
    const { port } = await listeningApp(t, [anybodys], { bounds: { requestsPerAddress: 2 } });
    const get = () => new RawClient(t, port).send("GET /stuck/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal(await get().status(), 200);
    assert.equal(await get().status(), 200);
    assert.equal(await get().status(), 429);
  });
});
