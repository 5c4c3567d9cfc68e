import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Suggestion } from "@magtrace/contracts";
import fc from "fast-check";
import pg from "pg";
import { download, makeFullProject } from "../support/archiveStage.ts";
import type { MailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { AttackTally } from "./attackTally.ts";
import { type Completed, completeRequest, senderOf } from "./completeRequest.ts";
import { FixturePool } from "./fixturePool.ts";
import { type Guests, inviteGuests } from "./guests.ts";
import { createKeepAliveClient, type KeepAliveClient, type Reply } from "./keepAliveClient.ts";
import { excessOf, type Loads, reportLoads } from "./loadsBeside.ts";
import { alone, measureLoads, saturating, steady, type Traffic } from "./measureLoads.ts";
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
const MOST_ATTEMPTS = 3;
/** Connections, of all requests. */
const MOST_BROKEN = 0.0005;
const UNDECIDED = 12;
/** From so many requests on, chance is no excuse for an operation that was never reached. */
const ENOUGH_FOR_ALL = 60_000;
/** What chance left out then comes up by itself, so many requests of it at most. */
const MOST_OF_THE_REST = 4_000;
/** So often is measured what others notice: what the machine or the database had to do meanwhile passes. */
const MOST_MEASUREMENTS = 3;

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

  const tally = new AttackTally();
  /** Requests whose connection broke, and how. */
  const broken: string[] = [];

  const attack: Attack = async (team, generated, index) => {
    const { request, answered } = await complete(team, generated, index);
    const reply = await sendPatiently(request);
    if (!(reply instanceof Error)) answered(reply.status);
    tally.record(attacked.address, request, reply);
  };

  /**
   * Sends a request once more where the connection broke, as it may when a request is refused while it is still being
   * sent (RFC 9112 §9.6).
   */
  async function sendPatiently(request: GeneratedRequest): Promise<Reply | Error> {
    for (let attempt = 1; ; attempt++) {
      const reply = await client.send(request).catch((error: Error) => error);
      if (!(reply instanceof Error) || attempt === MOST_ATTEMPTS) return reply;
      broken.push(`${request.operation}: ${reply.message}`);
    }
  }

  /** Sends a team's requests, some at once; the first of them is the `first` of all. */
  async function attackWith(team: Team, requests: readonly GeneratedRequest[], first: number): Promise<void> {
    const queue = [...requests.entries()];
    const work = async () => {
      for (let next = queue.pop(); next; next = queue.pop()) await attack(team, next[1], first + next[0]);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  const notSucceeded = () => operations.filter((operation) => !tally.hasSucceeded(nameOf(operation)));

  let reference: { address: string; token: string };
  let alongside: () => Promise<Omit<Loads, "after">>;
  let earlier: Omit<Loads, "after">;

  before(async () => {
    reference = { address: attacked.address, token: teams[0]!.token };
    const ordinary = await traffic([0], attack);
    const hostile = await traffic([1, 2, 3], attack);
    await measureLoads(reference, { warm: saturating(ordinary, AT_ONCE) }, 1);
    alongside = () =>
      measureLoads(reference, {
        before: alone,
        "beside ordinary requests": saturating(ordinary, AT_ONCE),
        "beside broken requests": saturating(hostile, AT_ONCE),
        "beside some broken requests": steady(hostile, STEADY_PER_SECOND),
      });
    earlier = await alongside();
  });

  test(`are ${REQUESTS} times answered with a success or a refusal, never with a failure`, async (t) => {
    for (let batch = 0; batch * BATCH < REQUESTS && tally.findings.size < MOST_FAULTS; batch++) {
      const team = teams[batch % TEAMS]!;
      if (batch % (REFRESH_BATCHES * TEAMS) < TEAMS) await team.pool.refresh();
      const requests = fc.sample(team.requests, { numRuns: BATCH, seed: SEED + batch });
      await attackWith(team, requests.slice(0, REQUESTS - batch * BATCH), batch * BATCH);
    }
    tally.report(t);
    t.diagnostic(`connections broke: ${broken.join("; ") || "none"}`);
    assert.ok(broken.length <= REQUESTS * MOST_BROKEN, `${broken.length} connections broke`);
    // Each has its name among the failed tests.
    for (const { what, curl, answer, requestId } of tally.findings.values()) {
      const causes = attacked.causes.get(requestId ?? "") ?? "";
      await t.test(what, () => assert.fail(`seed ${SEED}\n  ${curl}\n  ${answer}\n  ${causes}`));
    }
  });

  test("cost others nothing that stays, and broken ones no more than those that people make", async (t) => {
    const { after } = await measureLoads(reference, { after: alone });
    let measured: Loads = { ...earlier, after };
    reportLoads(t, measured);
    for (let again = 1; again < MOST_MEASUREMENTS && excessOf(measured) !== null; again++) {
      t.diagnostic(`${excessOf(measured)}; measured again`);
      const later = await alongside();
      measured = { ...later, before: measured.before, after: later.before };
      reportLoads(t, measured);
    }
    assert.equal(excessOf(measured), null);
  });

  // Requests that never get past the first check would show nothing.
  const isEnough = REQUESTS >= ENOUGH_FOR_ALL;
  test("succeed at least once for each operation", { skip: !isEnough && "so few are sent" }, async (t) => {
    const names = (some: readonly Operation[]) => some.map(nameOf);
    t.diagnostic(`never succeeded by chance: ${names(notSucceeded()).join(", ") || "none"}`);
    const [team] = teams as [Team];
    const rest = () => notSucceeded().filter((operation) => !(nameOf(operation) in OUT_OF_REACH));
    for (let sent = 0; sent < MOST_OF_THE_REST && rest().length > 0; sent += AT_ONCE) {
      await team.pool.refresh();
      const requests = requestsOf(rest(), team.pool, [0]);
      await attackWith(team, fc.sample(requests, { numRuns: AT_ONCE, seed: SEED - sent }), sent);
    }
    assert.deepEqual(names(notSucceeded()), Object.keys(OUT_OF_REACH));
  });
});

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
