import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AuditEntry } from "@magtrace/contracts";
import { startApi } from "../../src/api.ts";
import { CountingReadMemory, type ReadMemoryOptions } from "../../src/audit/readMemory.ts";
import { type Author, noAuthor, type ReadTarget } from "../../src/platform/author.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

const target: ReadTarget = { organizationId: 1, projectId: null };

function reader(facts: Partial<Author> = {}, subject: string | null = "project 1"): Author {
  const reading = { action: "project.read", subject, targets: [], audited: new Set<string>() };
  return { ...noAuthor, userId: 1, credential: "token 1", ip: "10.0.0.1", reading, ...facts };
}

/** One that tells its counts to a list instead of a database. */
function memoryOf(
  told: { count: number; subject: string | null }[],
  options: Partial<ReadMemoryOptions> = {},
) {
  const accountsPool = {
    query: async (_text: string, [reads]: [string]) => {
      told.push(
        ...JSON.parse(reads).map(({ count, subject }: { count: number; subject: string }) => ({
          count,
          subject,
        })),
      );
    },
  } as unknown as ReadMemoryOptions["accountsPool"];
  return new CountingReadMemory({ accountsPool, log: silentLog(), windowMs: 600_000, ...options });
}

describe("a read that is repeated", () => {
  test("is told by the first at once, and the rest as one count when ten minutes are over", async () => {
    const told: { count: number; subject: string | null }[] = [];
    let nowMs = 0;
    const memory = memoryOf(told, { now: () => nowMs });
    assert.equal(memory.countRepeated(reader(), target), false);
    memory.remember(reader(), target);
    for (let count = 0; count < 5; count++) assert.equal(memory.countRepeated(reader(), target), true);
    nowMs = 599_999;
    await memory.flush();
    assert.deepEqual(told, []);
    nowMs = 600_000;
    // The next is a first again.
    assert.equal(memory.countRepeated(reader(), target), false);
    memory.remember(reader(), target);
    await memory.flush();
    assert.deepEqual(told, [{ count: 5, subject: "project 1" }]);
    await memory.stop();
    assert.equal(told.length, 1, "nothing was repeated since");
  });

  test("is another one from another address, with another credential, of another subject or place", () => {
    const memory = memoryOf([]);
    memory.remember(reader(), target);
    for (const [who, where] of [
      [reader({ ip: "10.0.0.2" }), target],
      [reader({ credential: "session 1" }), target],
      [reader({ userId: 2 }), target],
      [reader({}, "project 2"), target],
      [reader(), { organizationId: 1, projectId: 1 }],
      [reader(), { organizationId: 2, projectId: null }],
    ] as const) {
      assert.equal(memory.countRepeated(who, where), false);
    }
    void memory.stop();
  });

  test("is told early where there are too many to remember, and at the latest with the end of the process", async () => {
    const told: { count: number; subject: string | null }[] = [];
    const memory = memoryOf(told, { mostWindows: 2 });
    for (const subject of ["project 1", "project 2", "project 3"]) {
      memory.remember(reader({}, subject), target);
      memory.countRepeated(reader({}, subject), target);
    }
    await memory.flush();
    assert.deepEqual(told, [{ count: 1, subject: "project 1" }]);
    await memory.stop();
    assert.deepEqual(
      told.map(({ subject }) => subject),
      ["project 1", "project 2", "project 3"],
    );
  });

  test("is not forgotten while the database is away", async () => {
    const told: unknown[] = [];
    let away = true;
    const accountsPool = {
      query: async (_text: string, [reads]: [string]) => {
        if (away) throw new Error("away");
        told.push(...JSON.parse(reads));
      },
    } as unknown as ReadMemoryOptions["accountsPool"];
    const memory = memoryOf([], { accountsPool });
    memory.remember(reader(), target);
    memory.countRepeated(reader(), target);
    await memory.flush({ everything: true });
    away = false;
    await memory.stop();
    assert.equal(told.length, 1);
  });
});

describe("reads through the interface", () => {
  const cleanup = suiteCleanup();
  let installation: Awaited<ReturnType<typeof startTestInstallation>>;
  let owner: Awaited<ReturnType<typeof installation.addUser>>;

  before(async () => {
    installation = await startTestInstallation(cleanup, { AUDIT_READ_WINDOW_SECONDS: "600" });
    owner = await installation.addUser({ name: "ada", organization: "North" });
  });

  const projectReads = async () => {
    const { body } = await owner.call<AuditEntry[]>("GET", "/api/audit/?action=project.read");
    return body;
  };

  test("are in the audit once before the answer, also of those that come at once", async () => {
    const path = "/api/projects/";
    const first = await owner.call("GET", path);
    await Promise.all(Array.from({ length: 20 }, () => owner.call("GET", path)));
    const reads = await projectReads();
    assert.deepEqual(
      reads.map(({ request_id, count }) => [request_id, count]),
      [[first.headers.get("x-request-id"), 1]],
    );
  });

  test("lose their count with a crash and never the first; an orderly end tells the count", async () => {
    // Another process tells its own first.
    const second = await startApi(installation.config);
    const read = () =>
      fetch(`${second.address}/api/projects/`, { headers: { authorization: `Bearer ${owner.token}` } });
    const first = await read();
    for (let count = 0; count < 3; count++) await read();
    // What a crash would leave is what is there before the end.
    const before = await projectReads();
    assert.equal(before.length, 2);
    assert.equal(before[0]!.request_id, first.headers.get("x-request-id"));
    await second.stop();
    const [told, ...others] = await projectReads();
    assert.equal(others.length, 2);
    const { count, request_id, route, user_name, credential, ip } = told!;
    assert.deepEqual(
      { count, request_id, route, user_name, credential, ip },
      {
        count: 3,
        request_id: null,
        route: null,
        user_name: "ada",
        credential: before[0]!.credential,
        ip: "127.0.0.1",
      },
    );
  });
});
