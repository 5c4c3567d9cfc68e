import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Project } from "@magtrace/contracts";
import { sql } from "kysely";
import pg from "pg";
import { jobAccess } from "../../src/access/actor.ts";
import { archivedTables } from "../../src/archivedTables.ts";
import { jobTickets } from "../../src/platform/database/jobTickets.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { inTransaction } from "../../src/platform/database/transaction.ts";
import type { Deps } from "../../src/platform/deps.ts";
import { inPieces } from "../../src/platform/objects/testing/memoryObjects.ts";
import type { ObjectStore } from "../../src/platform/objects/types.ts";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import type { JobContext } from "../../src/platform/queue/queue.ts";
import { idsOf, rowsOf } from "../../src/projects/archive/exporting/rowQueries.ts";
import { abandonImport, importJob } from "../../src/projects/archive/importing/importJob.ts";
import { failedWork, retryFailed } from "../../src/system/failedWork.ts";
import { sweep } from "../../src/system/sweep.ts";
import { download, importFile, makeFullProject, unpack } from "../support/archiveStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const DAY_MS = 86_400_000;

/** No worker runs here: jobs are called as one would call them. */
describe("an import that is interrupted", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let platform: Platform;
  let owner: pg.Client;
  let ada: ApiCaller;
  let project: Project;
  let file: Buffer;

  before(async () => {
    installation = await startTestInstallation(cleanup, { UPLOAD_WAIT_SECONDS: "240" });
    platform = await openPlatform(installation.config, "test");
    owner = new pg.Client({ connectionString: installation.database.ownerUrl });
    await owner.connect();
    cleanup.after(async () => {
      await owner.end();
      await platform.close();
    });
    ada = await installation.addUser({ name: "ada", organization: "North" });
    ({ project } = await makeFullProject(ada));
    file = (await download(installation, ada, project.id)).bytes;
    await installation.stopWorker();
  });

  /** An import that waits for its job. */
  async function waitingImport(bytes = file) {
    const uploading = importFile(installation, ada, bytes);
    for (;;) {
      const { rows } = await owner.query(
        "SELECT id::integer, organization_id FROM magtrace.projects WHERE status = 'importing'",
      );
      if (rows.length > 0) {
        const [{ id, organization_id: organizationId }] = rows;
        return { uploading, job: { queue: "import", projectId: id, organizationId, userId: 1, id } as const };
      }
    }
  }

  const contextOf = (signal: AbortSignal) =>
    ({ jobId: "x", attempt: 0, signal, log: platform.deps.log }) satisfies JobContext;
  const run = (job: Parameters<typeof importJob>[2], deps: Deps = platform.deps) =>
    importJob(deps, archivedTables, job, contextOf(new AbortController().signal));

  async function statusOf(id: number): Promise<string> {
    const { rows } = await owner.query("SELECT status FROM magtrace.projects WHERE id = $1", [id]);
    return rows[0]?.status ?? "gone";
  }

  async function orphans(): Promise<string[]> {
    const { rows } = await owner.query<{ place: string }>("SELECT place FROM magtrace.referenced_objects()");
    const places = rows.map(({ place }) => place);
    const found: string[] = [];
    for await (const { key } of platform.deps.objects.list("")) {
      if (key.startsWith("master_keys/")) continue;
      if (!places.some((place) => key === place || (place.endsWith("/") && key.startsWith(place))))
        found.push(key);
    }
    return found;
  }

  /** A store that is gone after so many writes: nothing can be deleted any more, either. */
  function dyingAfter(writes: number): ObjectStore {
    const { objects } = platform.deps;
    let left = writes;
    const dead = () => Promise.reject(new Error("killed"));
    return new Proxy(objects, {
      get(store, name: keyof ObjectStore) {
        const member = store[name];
        if (typeof member !== "function") return member;
        if (name === "createWriter" || name === "put") {
          return (...given: Parameters<ObjectStore["put"]>) =>
            left-- > 0 ? (member as ObjectStore["put"]).apply(store, given) : dead();
        }
        if (left <= 0 && (name === "delete" || name === "deletePrefix")) return dead;
        return member.bind(store);
      },
    });
  }

  test("killed at any object, it leaves orphans; run again it is whole, and the sweep takes the rest", async () => {
    const { uploading, job } = await waitingImport();
    for (const writes of [0, 1, 4, 9, 12]) {
      await assert.rejects(run(job, { ...platform.deps, objects: dyingAfter(writes) }), /killed/);
      assert.equal(await statusOf(job.id), "importing");
    }
    assert.ok((await orphans()).length > 10);
    await run(job);
    const { status, body } = await uploading;
    assert.equal(status, 201);
    const again = await unpack((await download(installation, ada, body.id)).bytes);
    const entries = await unpack(file);
    for (const [name, content] of entries) {
      if (name === "magtrace.json" || name === "SHA256SUMS") continue;
      assert.ok(again.get(name)!.equals(content), name);
    }
    const sweeping = {
      accountsPool: platform.accountsPool,
      objects: platform.deps.objects,
      objectRows: platform.sealing.rows,
      log: platform.deps.log,
    };
    const report = await sweep(sweeping, Date.now() + 3 * DAY_MS);
    assert.deepEqual(report.missing, []);
    assert.deepEqual(await orphans(), []);
  });

  test("asked to stop with its worker, it gives the job back with nothing left behind", async () => {
    const { uploading, job } = await waitingImport();
    const stopping = new AbortController();
    const { objects } = platform.deps;
    let written = 0;
    const counting: ObjectStore = new Proxy(objects, {
      get(store, name: keyof ObjectStore) {
        const member = store[name];
        if (name === "put" && ++written === 3) stopping.abort(new Error("the worker is stopping"));
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
    await assert.rejects(
      importJob({ ...platform.deps, objects: counting }, archivedTables, job, contextOf(stopping.signal)),
      /the worker is stopping/,
    );
    assert.equal(await statusOf(job.id), "importing");
    assert.deepEqual(await orphans(), []);
    await run(job);
    assert.equal((await uploading).status, 201);
  });

  test("given out twice, it is done once, and done again it does nothing", async () => {
    const { uploading, job } = await waitingImport();
    await Promise.all([run(job), run(job)]);
    const { body } = await uploading;
    const { rows } = await owner.query(
      "SELECT count(*)::integer AS n FROM magtrace.datasets WHERE project_id = $1",
      [body.id],
    );
    assert.equal(rows[0].n, 3);
    assert.deepEqual(await orphans(), []);
    await run(job);
    assert.equal(await statusOf(job.id), "ready");
  });

  test("deleted in the middle, nothing of it appears and nothing stays", async () => {
    const { uploading, job } = await waitingImport();
    const { objects } = platform.deps;
    let deleted = false;
    const interfering: ObjectStore = new Proxy(objects, {
      get(store, name: keyof ObjectStore) {
        const member = store[name];
        if (name === "put" && !deleted) {
          deleted = true;
          return async (...given: Parameters<ObjectStore["put"]>) => {
            const { status } = await ada.call("DELETE", `/api/projects/${job.id}/`);
            assert.ok(status === 204 || status === 404, String(status));
            return store.put(...given);
          };
        }
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
    await run(job, { ...platform.deps, objects: interfering });
    assert.equal(await statusOf(job.id), "gone");
    assert.deepEqual(await orphans(), []);
    assert.equal((await uploading).status, 410);
  });

  test("refused, its file is gone by the time of the answer, whenever the job comes to delete it", async () => {
    const { uploading, job } = await waitingImport(file.subarray(0, file.length - 600));
    const answered = Promise.withResolvers<void>();
    const late: ObjectStore = new Proxy(platform.deps.objects, {
      get(store, name: keyof ObjectStore) {
        const member = store[name];
        if (name === "delete") return (key: string) => answered.promise.then(() => store.delete(key));
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
    const running = run(job, { ...platform.deps, objects: late });
    assert.equal((await uploading).status, 422);
    assert.deepEqual(await orphans(), []);
    answered.resolve();
    await running;
  });

  test("failed for good through no fault of the file, it says so and drops the file", async () => {
    const { uploading, job } = await waitingImport();
    await abandonImport(platform.deps, job);
    const { status, body } = await uploading;
    assert.equal(status, 503);
    assert.match(body.error, /through a fault of ours.* was not kept/);
    assert.equal(await statusOf(job.id), "gone");
    assert.deepEqual(await orphans(), []);
  });

  test("given up after it was accepted, it keeps its file, also from a run that ends late, and a retry imports it", async () => {
    const key = "uploads/accepted";
    const { objects } = platform.deps;
    await objects.put(key, inPieces(file, 64 * 1024));
    // As one whose sender was told that it is being imported.
    const { rows } = await owner.query(
      `WITH made AS (INSERT INTO magtrace.projects (organization_id, name, status, import)
         VALUES ($1, 'accepted', 'importing', $2) RETURNING id, organization_id)
       INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
         SELECT id, organization_id, 1, 'owner' FROM made RETURNING project_id::integer AS id`,
      [project.organization, { key, named: false }],
    );
    const id: number = rows[0].id;
    const job = { projectId: id, organizationId: project.organization, userId: 1, id };
    let isGivenUp = false;
    const late: ObjectStore = new Proxy(objects, {
      get(store, name: keyof ObjectStore) {
        const member = store[name];
        if (name === "put" && !isGivenUp) {
          isGivenUp = true;
          return async (...given: Parameters<ObjectStore["put"]>) => {
            await abandonImport(platform.deps, job);
            return store.put(...given);
          };
        }
        return typeof member === "function" ? member.bind(store) : member;
      },
    });
    await run(job, { ...platform.deps, objects: late });
    assert.equal(await statusOf(id), "failed");
    assert.deepEqual(await orphans(), []);

    const failed = await failedWork(platform.accountsPool);
    const work = failed.find(({ kind }) => kind === "project")!;
    assert.deepEqual([work.id, work.userId], [id, 1]);
    assert.match(String(work.error), /The file is kept/);
    await platform.deps.queue.start();
    assert.equal(await retryFailed(platform.deps, work), true);
    assert.equal(await retryFailed(platform.deps, work), false, "it is waiting already");
    assert.equal(await statusOf(id), "importing");
    await run(job);
    assert.equal(await statusOf(id), "ready");
    assert.ok(!(await objects.exists(key)));
  });

  test("waiting long, it keeps its file from the sweep; failed long ago, its row is swept", async () => {
    const { uploading, job } = await waitingImport();
    const sweeping = {
      accountsPool: platform.accountsPool,
      objects: platform.deps.objects,
      objectRows: platform.sealing.rows,
      log: platform.deps.log,
    };
    assert.deepEqual((await sweep(sweeping, Date.now() + 20 * DAY_MS)).missing, []);
    await run(job);
    assert.equal((await uploading).status, 201);
    await owner.query(
      `INSERT INTO magtrace.projects (organization_id, name, status, import, updated_at)
       VALUES ($1, 'failed', 'failed', '{"key": null}', now() - interval '10 days'),
         -- Through a fault of ours: its file is kept to be imported again.
         ($1, 'kept', 'failed', '{"key": "uploads/kept"}', now() - interval '10 days')`,
      [job.organizationId],
    );
    assert.equal((await sweep(sweeping, Date.now() + 10 * DAY_MS)).purgedProjects, 0);
    assert.equal((await sweep(sweeping, Date.now() + 29 * DAY_MS)).purgedProjects, 1);
    const { rows: kept } = await owner.query(
      "DELETE FROM magtrace.projects WHERE name = 'kept' RETURNING status",
    );
    assert.deepEqual(kept, [{ status: "failed" }]);
  });

  test("an export shows one moment, whatever others do meanwhile", async () => {
    const pool = createPool({ url: installation.database.app, size: 1, name: "test" });
    const accounts = createPool({ url: installation.database.accounts, size: 1, name: "test" });
    const projectRef = { projectId: project.id, organizationId: project.organization };
    const annotations = archivedTables.find(({ name }) => name === "annotations")!;
    const count = async () => {
      const { rows } = await owner.query(
        "SELECT count(*)::integer AS n FROM magtrace.annotations WHERE project_id = $1",
        [project.id],
      );
      return rows[0].n as number;
    };
    try {
      await inTransaction(
        pool,
        jobAccess({ tickets: jobTickets(accounts) }, { ...projectRef, userId: 1 }),
        async (tx) => {
          await tx.readOnlySnapshot();
          const before = await idsOf(tx, annotations, project.id);
          await owner.query(
            `INSERT INTO magtrace.annotations (dataset_id, project_id, organization_id, category_id, start_index, end_index)
           SELECT dataset_id, project_id, organization_id, category_id, 1, 2 FROM magtrace.annotations
           WHERE project_id = $1 LIMIT 1`,
            [project.id],
          );
          assert.equal(await count(), before.length + 1);
          let seen = 0;
          for await (const { id } of rowsOf(tx, annotations, project.id)) assert.equal(id, before[seen++]);
          assert.equal(seen, before.length);
          await assert.rejects(tx.run(sql`UPDATE projects SET name = 'x'`), { code: "25006" });
        },
      );
    } finally {
      await pool.end();
      await accounts.end();
    }
  });
});
