import assert from "node:assert/strict";
import { before, beforeEach, describe, test } from "node:test";
import type { Dataset, Job, QueueFigures, TrainingSession } from "@magtrace/contracts";
import { noAuthor } from "../../src/platform/author.ts";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import type { JobHandler } from "../../src/platform/queue/queue.ts";
import type { JobData, QueueName } from "../../src/platform/queue/queues.ts";
import { startRunner } from "../../src/platform/queue/runner.ts";
import {
  createProject,
  type LearningStage,
  ok,
  setLearningStage,
  simulateSurvey,
} from "../support/learningStage.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { Answer, ApiCaller } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

const NO_JOB = "00000000-0000-4000-8000-000000000000";
const JOBS = "/api/admin/jobs/";

/** Jobs as administrators see them, on an installation without workers but those that a test starts. */
describe("the jobs of an installation", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let platform: Platform;
  let root: ApiCaller;
  let project: number;
  let organization: number;

  before(async () => {
    stage = await setLearningStage(cleanup, { UPLOAD_WAIT_SECONDS: "0" });
    await stage.stopWorker();
    platform = await openPlatform(stage.config, "test");
    cleanup.after(() => platform.close());
    root = await stage.addUser({ name: "root", organization: "Head office", role: "admin" });
    project = await createProject(stage.ann, "Survey");
    const { rows } = await stage.owner.query("SELECT organization_id FROM magtrace.projects WHERE id = $1", [
      project,
    ]);
    organization = rows[0].organization_id;
  });

  beforeEach(async () => {
    await stage.owner.query("DELETE FROM pgboss.job");
  });

  const upload = async (): Promise<number> => {
    const { csv } = simulateSurvey({ seed: 1, rows: 50 });
    const { body } = await stage.ann.upload<Dataset>(project, { name: "a.csv", bytes: csv });
    return body.id;
  };
  const listed = (query = "") => ok<Job[]>(root, "GET", `${JOBS}${query}`);
  const only = async (queue: QueueName): Promise<Job> => {
    const jobs = await listed(`?queue=${queue}`);
    assert.equal(jobs.length, 1, JSON.stringify(jobs));
    return jobs[0]!;
  };
  const read = (id: string) => ok<Job>(root, "GET", `${JOBS}${id}/`);
  const act = (id: string, verb: "retry" | "cancel") => root.call<Job>("POST", `${JOBS}${id}/${verb}/`);
  const figuresOf = async (queue: QueueName) =>
    (await ok<QueueFigures[]>(root, "GET", `${JOBS}queues/`)).find((row) => row.queue === queue)!;
  const datasetOf = (id: number) => ok<Dataset>(stage.ann, "GET", `/api/datasets/${id}/`);

  const send = (queue: QueueName, data: JobData) =>
    platform.deps.queue.send(
      { author: noAuthor, executeAsQueue: (text, values) => stage.owner.query(text, values) },
      queue,
      data,
    );

  /** A worker for a moment. */
  async function work(
    handlers: Partial<Record<QueueName, JobHandler>>,
    until: () => Promise<boolean>,
  ): Promise<void> {
    const runner = await startRunner({
      url: stage.database.queue,
      log: platform.deps.log,
      concurrency: 1,
      handlers,
    });
    try {
      await untilTrue(until);
    } finally {
      await runner.stop();
    }
  }

  async function realWork(
    queue: "ingest" | "train" | "abandoned",
    until: () => Promise<boolean>,
  ): Promise<void> {
    const { heavyJobs } = await import("../../src/heavyJobs.ts");
    await work({ [queue]: heavyJobs(platform, stage.config)[queue] }, until);
  }

  const broken: JobHandler = async () => {
    throw new Error("the disk of reader@example.com is full\n  at some line");
  };

  /** A job that failed for good, and whose row says so. */
  async function failForGood(): Promise<{ dataset: number; job: Job }> {
    const dataset = await upload();
    await stage.owner.query("UPDATE pgboss.job SET retry_limit = 0 WHERE name = 'ingest'");
    await work({ ingest: broken }, async () => (await only("ingest")).state === "failed");
    await realWork("abandoned", async () => (await datasetOf(dataset)).status === "failed");
    await untilTrue(async () => (await only("abandoned")).state === "completed");
    return { dataset, job: await only("ingest") };
  }

  test("one that nobody takes is waiting, with whose it is and since when, and no name of what is in it", async () => {
    const dataset = await upload();
    await stage.owner.query(
      "UPDATE pgboss.job SET created_on = now() - interval '90 s', start_after = now() - interval '90 s'",
    );
    const { id, created_at: _, ...job } = await only("ingest");
    assert.match(id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(job, {
      queue: "ingest",
      state: "waiting",
      started_at: null,
      finished_at: null,
      run_after: null,
      tries: 0,
      most_tries: 11,
      organization,
      organization_name: "First",
      project,
      user: job.user,
      user_name: "ann",
      subject: `dataset ${dataset}`,
      progress: null,
      error: null,
      expires_at: null,
      can_retry: false,
      can_cancel: true,
    });
    const figures = await figuresOf("ingest");
    assert.deepEqual([figures.waiting, figures.active, figures.failed, figures.median_s], [1, 0, 0, null]);
    assert.ok(
      figures.oldest_waiting_s! >= 90 && figures.oldest_waiting_s! < 600,
      `${figures.oldest_waiting_s}`,
    );
    assert.equal((await figuresOf("train")).oldest_waiting_s, null);
    assert.equal((await figuresOf("mail")).done_last_day, null);
  });

  test("one that failed for good says why without addresses, is kept for a month, and is done when it is retried", async () => {
    const { dataset, job } = await failForGood();
    assert.equal(job.error, "the disk of … is full");
    assert.deepEqual(
      [job.state, job.tries, job.most_tries, job.can_retry, job.can_cancel],
      ["failed", 1, 1, true, false],
    );
    const keptDays = (Date.parse(job.expires_at!) - Date.parse(job.finished_at!)) / 86_400_000;
    assert.equal(keptDays, 30);
    assert.deepEqual(
      [(await figuresOf("ingest")).failed, (await figuresOf("ingest")).failed_last_hour],
      [1, 1],
    );
    const { status, body } = await act(job.id, "retry");
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.id, body.state, body.tries, body.most_tries], [job.id, "retrying", 0, 11]);
    assert.equal((await datasetOf(dataset)).status, "pending");
    await realWork("ingest", async () => (await datasetOf(dataset)).status === "completed");
    await untilTrue(async () => (await read(job.id)).state === "completed");
    const done = await figuresOf("ingest");
    assert.deepEqual([done.failed, done.done_last_hour, done.waiting], [0, 1, 0]);
    assert.ok(done.median_s! >= 0 && done.p95_s! >= done.median_s!);
    const again = await act(job.id, "retry");
    assert.deepEqual([again.status, (again.body as unknown as { code: string }).code], [409, "conflict"]);
  });

  test("a retried job begins its tries anew, whatever it was begun before", async () => {
    const { job } = await failForGood();
    await act(job.id, "retry");
    const attempts: number[] = [];
    const failing: JobHandler = async (_job, { attempt }) => {
      attempts.push(attempt);
      throw new Error("no");
    };
    await work({ ingest: failing }, async () => attempts.length === 1);
    assert.deepEqual(attempts, [0]);
    const { state, tries, most_tries } = await read(job.id);
    assert.deepEqual([state, tries, most_tries], ["retrying", 1, 11]);
  });

  test("what failed is retried before its row says so, and is not called failed afterwards", async () => {
    const dataset = await upload();
    await stage.owner.query("UPDATE pgboss.job SET retry_limit = 0 WHERE name = 'ingest'");
    await work({ ingest: broken }, async () => (await only("ingest")).state === "failed");
    assert.equal((await act((await only("ingest")).id, "retry")).status, 200);
    assert.equal((await only("abandoned")).state, "cancelled");
    await realWork("ingest", async () => (await datasetOf(dataset)).status === "completed");
  });

  test("nothing is done again whose row has been dealt with meanwhile", async () => {
    const { dataset, job } = await failForGood();
    await stage.owner.query("UPDATE magtrace.datasets SET status = 'completed' WHERE id = $1", [dataset]);
    const { status, body } = await act(job.id, "retry");
    assert.equal(status, 409);
    assert.match(
      (body as unknown as { error: string }).error,
      new RegExp(`dataset ${dataset} is done or gone`),
    );
    assert.equal((await read(job.id)).state, "failed");
  });

  test("a waiting job is cancelled with its row, told in the audit, and both can be taken back", async () => {
    const dataset = await upload();
    const { id } = await only("ingest");
    const { status, body } = await act(id, "cancel");
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.state, body.can_retry, body.can_cancel], ["cancelled", true, false]);
    const { status: rowStatus, error } = await datasetOf(dataset);
    assert.equal(rowStatus, "failed");
    assert.match(error!, /^Cancelled by an administrator of this installation\. The file is kept/);
    assert.equal((await act(id, "cancel")).status, 409);
    assert.equal((await act(id, "retry")).status, 200);
    await realWork("ingest", async () => (await datasetOf(dataset)).status === "completed");
    await sequenceAudit(stage.owner);
    const { rows } = await stage.owner.query(
      `SELECT e.action, e.before ->> 'state' AS was, u.email, e.project_id FROM audit.entries e
       JOIN accounts.users u ON u.id = e.user_id
       WHERE e.organization_id = $1 AND e.subject = $2 ORDER BY e.position`,
      [organization, `job ${id}`],
    );
    assert.deepEqual(
      rows.map(({ action, was, email, project_id }) => [action, was, email, Number(project_id)]),
      [
        ["job.cancel", "waiting", "root@example.com", project],
        ["job.retry", "cancelled", "root@example.com", project],
      ],
    );
  });

  test("a job that is being done is taken away from its worker within seconds", async () => {
    const dataset = await upload();
    const { id } = await only("ingest");
    let aborted = false;
    const untilAborted: JobHandler = (_job, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        });
      });
    const runner = await startRunner({
      url: stage.database.queue,
      log: platform.deps.log,
      concurrency: 1,
      handlers: { ingest: untilAborted },
    });
    try {
      await untilTrue(async () => (await read(id)).state === "active");
      assert.equal((await figuresOf("ingest")).active, 1);
      assert.equal((await act(id, "cancel")).body.state, "cancelled");
      await untilTrue(async () => aborted);
    } finally {
      await runner.stop();
    }
    assert.deepEqual([(await read(id)).state, (await datasetOf(dataset)).status], ["cancelled", "failed"]);
  });

  test("a training is stopped as its owner would stop it, and begins anew when it is retried", async () => {
    const { session, job } = await waitingTraining();
    assert.equal((await act(job.id, "cancel")).status, 200);
    const sessionNow = () => ok<TrainingSession>(stage.ann, "GET", `/api/training-sessions/${session}/`);
    const cancelled = await sessionNow();
    assert.equal(cancelled.status, "cancelled");
    assert.match(JSON.stringify(cancelled), /Cancelled by an administrator/);
    assert.equal((await act(job.id, "retry")).status, 200);
    assert.equal((await sessionNow()).status, "pending");
    assert.equal((await read(job.id)).subject, `training session ${session}`);
  });

  /** Rows as starting a training makes them; what it would learn from does not matter here. */
  async function waitingTraining(): Promise<{ session: number; job: Job }> {
    const { rows } = await stage.owner.query(
      `WITH d AS (INSERT INTO magtrace.datasets (project_id, organization_id, name, original_name, original_bytes, status)
         VALUES ($1, $2, 'd', 'd.csv', 1, 'completed') RETURNING id),
       m AS (INSERT INTO magtrace.models (project_id, organization_id, name, model_type) VALUES ($1, $2, 'm', 'random_forest') RETURNING id)
       INSERT INTO magtrace.training_sessions (project_id, organization_id, model_id, dataset_id, status, labels_key)
       SELECT $1, $2, m.id, d.id, 'pending', 'labels/x' FROM d, m RETURNING id`,
      [project, organization],
    );
    const session = Number(rows[0].id);
    await send("train", { projectId: project, organizationId: organization, userId: 1, id: session });
    return { session, job: await only("train") };
  }

  test("work of the installation itself is cancelled and retried, in its own audit", async () => {
    await send("sweep", { projectId: 0, organizationId: 0, userId: 0, id: 0 });
    await work({ sweep: broken }, async () =>
      (await listed("?queue=sweep")).some(({ state }) => state === "failed"),
    );
    const job = (await listed("?queue=sweep&state=failed"))[0]!;
    assert.deepEqual([job.organization, job.user, job.subject], [null, null, null]);
    assert.equal((await act(job.id, "retry")).body.state, "retrying");
    assert.equal((await act(job.id, "cancel")).body.state, "cancelled");
    await sequenceAudit(stage.owner);
    const { rows } = await stage.owner.query(
      "SELECT action FROM audit.entries WHERE organization_id = 0 AND subject = $1 ORDER BY position",
      [`job ${job.id}`],
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ["job.retry", "job.cancel"],
    );
  });

  test("pages go on where the last one ended, by queue, state and organisation", async () => {
    for (let at = 0; at < 5; at++) await upload();
    await act((await listed())[2]!.id, "cancel");
    const all = (await listed("?queue=ingest")).map(({ id }) => id);
    assert.equal(all.length, 5);
    const seen: string[] = [];
    let path: string | undefined = `${JOBS}?queue=ingest&limit=2`;
    while (path !== undefined) {
      const { body, headers }: Answer<Job[]> = await root.call<Job[]>("GET", path);
      assert.ok(body.length <= 2);
      seen.push(...body.map(({ id }) => id));
      path = headers.get("link")?.match(/^<(.+)>; rel="next"$/)?.[1];
    }
    assert.deepEqual(seen, all);
    assert.equal((await listed("?state=cancelled")).length, 1);
    assert.equal((await listed("?state=waiting")).length, 4);
    assert.equal((await listed(`?organization_id=${organization}`)).length, 5);
    assert.equal((await listed(`?organization_id=${organization + 1}`)).length, 0);
    assert.equal((await root.call("GET", `${JOBS}?before=x`)).status, 400);
  });

  test("only administrators of the installation are told of any job, or change one", async () => {
    await upload();
    const { id } = await only("ingest");
    for (const [method, path] of [
      ["GET", JOBS],
      ["GET", `${JOBS}queues/`],
      ["GET", `${JOBS}${id}/`],
      ["POST", `${JOBS}${id}/cancel/`],
      ["POST", `${JOBS}${id}/retry/`],
    ] as const) {
      assert.equal((await stage.ann.call(method, path)).status, 403, path);
      assert.equal((await stage.caller(null).call(method, path)).status, 401, path);
    }
    assert.equal((await only("ingest")).state, "waiting");
    for (const verb of ["retry", "cancel"] as const) assert.equal((await act(NO_JOB, verb)).status, 404);
    assert.equal((await root.call("GET", `${JOBS}${NO_JOB}/`)).status, 404);
  });
});
