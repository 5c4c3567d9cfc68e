import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Suggestion } from "@magtrace/contracts";
import fc from "fast-check";
import pg from "pg";
import { download, makeFullProject } from "../support/archiveStage.ts";
import type { MailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { type Completed, completeRequest, senderOf } from "./completeRequest.ts";
import { FixturePool } from "./fixturePool.ts";
import { type Guests, inviteGuests } from "./guests.ts";
import { asCurl, faultOf } from "./judgeReply.ts";
import { createKeepAliveClient, type KeepAliveClient } from "./keepAliveClient.ts";
import {
  alone,
  type Measured,
  measureLoads,
  medianMs,
  saturating,
  steady,
  type Traffic,
} from "./measureLoads.ts";
import { nameOf, type Operation, readOperations } from "./openApiDocument.ts";
import {
  type GeneratedRequest,
  MIXED_FAULTS,
  type PickFixture,
  requestArbitrary,
} from "./requestArbitrary.ts";
import { setSignInStage } from "./signInStage.ts";
import { type AttackedApi, startAttackedApi } from "./startAttackedApi.ts";

const REQUESTS = Number(process.env.ATTACK_REQUESTS ?? 100_000);
const SEED = Number(process.env.ATTACK_SEED ?? 20_261_125);
const TEAMS = 3;
const AT_ONCE = 12;
const BATCH = 400;
/** So many batches between two looks at what exists. */
const REFRESH_BATCHES = 3;
/** Traffic that leaves room for others. */
const STEADY_PER_SECOND = 50;
const MOST_FAULTS = 25;
const UNDECIDED = 12;
/** From so many requests on, chance is no excuse for an operation that was never reached. */
const ENOUGH_FOR_ALL = 60_000;

/** How often operations come up, beside one another: those whose answer is a file's worth of work less, */
const SELDOM = /export\/$|upload|\/events\/|\/download|\/series|audit\/verify/;
/** and those least for which somebody is invited or signed in first, which takes a hundred times as long. */
const RARELY =
  /import_project|\/auth\/|me\/delete|api\/sessions\/\{|invitations\/(look|accept|register|\{)|(organizations|projects)\/\{id\}\/transfer\/|DELETE \/api\/projects\/\{id\}\/members/;

function weightOf(name: string): number {
  if (RARELY.test(name)) return 1;
  return SELDOM.test(name) ? 4 : 20;
}

/** What no generated request can bring about, and why. */
const OUT_OF_REACH: Readonly<Record<string, string>> = {
  "POST /api/setup/": "it is done once for an installation, and here it has been",
};

interface Team {
  readonly token: string;
  readonly pool: FixturePool;
  readonly organizationId: number;
  /** A project of its own, as a file. */
  readonly archive: Buffer;
  readonly requests: fc.Arbitrary<GeneratedRequest>;
}

/** Sends a request of a team's; which one it is of all decides its credential. */
type Attack = (team: Team, request: GeneratedRequest, index: number) => Promise<void>;

interface Finding {
  readonly what: string;
  readonly curl: string;
  readonly answer: string;
  readonly requestId: string | undefined;
}

describe("requests made of the interface's own description", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let attacked: AttackedApi;
  let client: KeepAliveClient;
  let operations: Operation[];
  let mails: MailServer;
  let guests: Guests;
  const teams: Team[] = [];

  before(async () => {
    const stage = await setSignInStage(cleanup);
    const { environment } = stage;
    mails = stage.mails;
    installation = await startTestInstallation(cleanup, { WORKER_THREADS: "1", ...environment });
    operations = await readOperations(installation.api.address);
    for (let i = 0; i < TEAMS; i++) {
      const organization = `Team ${i}`;
      // One of them may do what only administrators may.
      const role = i === 0 ? "admin" : "user";
      const caller = await installation.addUser({ name: `team${i}`, organization, role });
      const { project } = await makeFullProject(caller);
      await makeUndecided(caller, project.id);
      const pool = new FixturePool(caller, await bystanders(organization));
      await pool.keep();
      const [{ id: organizationId }] = (await caller.call<[{ id: number }]>("GET", "/api/organizations/"))
        .body;
      const archive = (await download(installation, caller, project.id)).bytes;
      const requests = requestsOf(operations, pool);
      teams.push({ token: caller.token!, pool, organizationId, archive, requests });
    }
    guests = await inviteGuests(installation);
    // What is asked of it from here on waits, and is never done.
    await installation.stopAllButMails();
    attacked = await startAttackedApi(cleanup, installation, { environment });
    client = createKeepAliveClient(attacked.address, AT_ONCE);
    cleanup.after(() => client.close());
  });

  /** What is done once to each row needs some rows: suggestions to decide on, files whose reading failed. */
  async function makeUndecided(caller: ApiCaller, project: number): Promise<void> {
    const [{ dataset, model }] = (await caller.call<[Suggestion]>("GET", "/api/suggestions/?limit=1")).body;
    const asked = { dataset, model, count: UNDECIDED };
    assert.ok((await caller.call("POST", "/api/suggestions/", asked)).status < 300);
    const ids: number[] = [];
    for (let i = 0; i < UNDECIDED; i++) {
      const file = { name: `failed${i}.csv`, bytes: "timestamp_pc,b_x,b_y,b_z\n0,1,20000,3\n1,1,20000,3\n" };
      ids.push((await caller.upload<{ id: number }>(project, file)).body.id);
    }
    const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
    await owner.connect();
    await owner.query("DELETE FROM magtrace.segments WHERE dataset_id = ANY ($1)", [ids]);
    const { rowCount } = await owner.query(
      "UPDATE magtrace.datasets SET status = 'failed' WHERE id = ANY ($1)",
      [ids],
    );
    await owner.end();
    assert.equal(rowCount, UNDECIDED);
  }

  async function bystanders(organization: string): Promise<number[]> {
    const ids: number[] = [];
    for (const name of ["bea", "cid", "dot"]) {
      const member = { name: `${name} of ${organization}`.replaceAll(" ", "-"), organization };
      const { call } = await installation.addUser({ ...member, organizationRole: "member" });
      ids.push((await call<{ id: number }>("GET", "/api/me/")).body.id);
    }
    return ids;
  }

  /** A team's request carries now and then no credential, or one of nobody. */
  async function complete(team: Team, request: GeneratedRequest, index: number): Promise<Completed> {
    const sender = index % 41 === 0 ? "nobody" : senderOf(request);
    const token = index % 59 === 0 ? "mgt_nobody" : team.token;
    const headers =
      sender === undefined ? { authorization: `Bearer ${token}`, ...request.headers } : request.headers;
    const { organizationId, archive } = team;
    const makings = { installation, mails, guests, organizationId, archive, origin: attacked.address };
    return completeRequest({ ...request, headers }, sender, makings);
  }

  /** Requests of one team with so many faults, without end. */
  async function traffic(faults: readonly number[], attack: Attack): Promise<Traffic> {
    const team = teams[1]!;
    await team.pool.refresh();
    const requests = requestsOf(operations, team.pool, faults);
    const queue: GeneratedRequest[] = [];
    let made = 0;
    return {
      send: (request) => attack(team, request, ++made),
      next() {
        if (queue.length === 0) queue.push(...fc.sample(requests, { numRuns: BATCH, seed: SEED + made }));
        return queue.pop()!;
      },
    };
  }

  test(`are ${REQUESTS} times answered with a success or a refusal, never with a failure`, async (t) => {
    const byStatus = new Map<number, number>();
    const byOperation = new Map<string, number>();
    const succeeded = new Set<string>();
    const findings = new Map<string, Finding>();
    let sent = 0;

    const attack: Attack = async (team, generated, index) => {
      const { request, answered } = await complete(team, generated, index);
      const reply = await client.send(request).catch((error: Error) => error);
      const fault = reply instanceof Error ? `got no answer: ${reply.message}` : faultOf(request, reply);
      byOperation.set(request.operation, (byOperation.get(request.operation) ?? 0) + 1);
      if (!(reply instanceof Error)) {
        byStatus.set(reply.status, (byStatus.get(reply.status) ?? 0) + 1);
        answered(reply.status);
        if (reply.status < 400 && request.faults === 0) succeeded.add(request.operation);
      }
      if (fault === null) return;
      const what = `${request.operation} ${fault}`;
      if (findings.has(what)) return;
      findings.set(what, {
        what,
        curl: asCurl(attacked.address, request),
        answer: reply instanceof Error ? "" : `${reply.status} ${reply.text.slice(0, 500)}`,
        requestId: reply instanceof Error ? undefined : reply.requestId,
      });
    };

    const reference = { address: attacked.address, token: teams[0]!.token };
    const ordinary = await traffic([0], attack);
    const hostile = await traffic([1, 2, 3], attack);
    await measureLoads(reference, { warm: saturating(ordinary, AT_ONCE) }, 1);
    const { before, ...beside } = await measureLoads(reference, {
      before: alone,
      "beside ordinary requests": saturating(ordinary, AT_ONCE),
      "beside broken requests": saturating(hostile, AT_ONCE),
      "beside some broken requests": steady(hostile, STEADY_PER_SECOND),
    });

    for (let batch = 0; sent < REQUESTS && findings.size < MOST_FAULTS; batch++) {
      const team = teams[batch % TEAMS]!;
      if (batch % (REFRESH_BATCHES * TEAMS) < TEAMS) await team.pool.refresh();
      const requests = fc.sample(team.requests, { numRuns: BATCH, seed: SEED + batch });
      const queue = [...requests.slice(0, REQUESTS - sent).entries()];
      sent += queue.length;
      const work = async () => {
        for (let next = queue.pop(); next; next = queue.pop()) {
          const [i, request] = next;
          await attack(team, request, batch * BATCH + i);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    }
    let { after } = await measureLoads(reference, { after: alone });
    // What the database puts in order after so many changes passes; what stays is there the next time, too.
    for (let again = 0; again < 2 && medianMs(after) > mostAfter(before); again++) {
      ({ after } = await measureLoads(reference, { after: alone }));
    }

    report(t, {
      byStatus,
      byOperation,
      measured: { "alone, before": before, ...beside, "alone, after": after },
    });
    for (const { what, curl, answer, requestId } of findings.values()) {
      t.diagnostic(`${what}\n  ${curl}\n  ${answer}\n  ${attacked.causes.get(requestId ?? "") ?? ""}`);
    }
    assert.deepEqual([...findings.keys()], [], `seed ${SEED}`);
    requireUnchanged({ before, after, ...beside });
    // Requests that never get past the first check would show nothing.
    const never = operations.map(nameOf).filter((name) => !succeeded.has(name));
    t.diagnostic(`never succeeded: ${never.join(", ") || "none"}`);
    if (REQUESTS >= ENOUGH_FOR_ALL) assert.deepEqual(never, Object.keys(OUT_OF_REACH));
  });
});

function mostAfter(before: Measured): number {
  return 2 * medianMs(before) + 50;
}

/**
 * What an attack costs others, in measures of the same run. Two cores are shared by attacker, server and database, so
 * that all traffic costs something: broken requests no more than those that people make, and nothing that stays.
 */
function requireUnchanged(measured: {
  before: Measured;
  after: Measured;
  "beside ordinary requests": Measured;
  "beside broken requests": Measured;
  "beside some broken requests": Measured;
}): void {
  const before = medianMs(measured.before);
  const beside = medianMs(measured["beside ordinary requests"]);
  for (const [name, most] of [
    ["after", mostAfter(measured.before)],
    ["beside broken requests", 2 * beside],
    ["beside some broken requests", Math.max(3 * before + 50, beside)],
  ] as const) {
    const took = medianMs(measured[name]);
    assert.ok(took <= most, `${name}: p99 ${took.toFixed(1)} ms, more than ${most.toFixed(1)} ms`);
  }
}

function requestsOf(
  operations: readonly Operation[],
  pool: FixturePool,
  faultCounts: readonly number[] = MIXED_FAULTS,
): fc.Arbitrary<GeneratedRequest> {
  const pick: PickFixture = (kind, number, ends) => pool.pick(kind, number, ends);
  return fc.oneof(
    ...operations.map((operation) => ({
      weight: weightOf(nameOf(operation)),
      arbitrary: requestArbitrary(operation, pick, faultCounts),
    })),
  );
}

function report(
  t: { diagnostic(line: string): void },
  counts: {
    byStatus: ReadonlyMap<number, number>;
    byOperation: ReadonlyMap<string, number>;
    measured: Readonly<Record<string, Measured>>;
  },
): void {
  const statuses = [...counts.byStatus].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
  const sent = [...counts.byOperation.values()].reduce((sum, n) => sum + n, 0);
  t.diagnostic(`generated requests: ${sent} sent, seed ${SEED}; ${statuses.join(", ")}`);
  for (const [operation, n] of counts.byOperation) t.diagnostic(`${String(n).padStart(6)}  ${operation}`);
  for (const [name, measured] of Object.entries(counts.measured)) {
    const turns = measured.p99Ms.map((ms) => ms.toFixed(0)).join(" ");
    const median = medianMs(measured).toFixed(1);
    t.diagnostic(
      `GET /api/projects/ ${name}: p99 ${median} ms (${turns}), ${measured.requests} requests beside it`,
    );
  }
}
