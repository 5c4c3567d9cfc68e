import type { Job, JobState, JobsQuery, QueueFigures } from "@magtrace/contracts";
import type pg from "pg";
import { type Actor, jobAccess } from "../../access/actor.ts";
import { notFound, requireScope } from "../../access/policy.ts";
import { failCheck, reopenCheck } from "../../audit/checkQueries.ts";
import { noteJob } from "../../audit/noteJob.ts";
import { AppError } from "../../errors.ts";
import { INSTALLATION, inAccounts } from "../../platform/database/inAccounts.ts";
import { type DatabaseAccess, inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { asQueueRole } from "../../platform/queue/asQueueRole.ts";
import * as change from "../../platform/queue/changeJob.ts";
import { findJob, type ListedJob, listJobs, type StoredState } from "../../platform/queue/listedJobs.ts";
import { queueFigures } from "../../platform/queue/queueFigures.ts";
import { leavesNothing, type QueueName, queues } from "../../platform/queue/queues.ts";
import { canCancel, canRetry, jobOf, stateOf, subjectOf } from "./jobOf.ts";
import { knownOf } from "./knownOf.ts";
import { CANCELLED, workOfQueues } from "./workOfQueues.ts";

export interface JobsDeps extends Deps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
}

const allQueues = Object.keys(queues) as QueueName[];
const allStates = Object.keys(stateOf) as StoredState[];

export async function readQueues({ accountsPool }: JobsDeps, actor: Actor): Promise<QueueFigures[]> {
  requireScope(actor, "installation.manage");
  const figures = await inAccounts(accountsPool, actor.database.author, (db) =>
    queueFigures(asQueueRole(db), allQueues),
  );
  return figures.map((row) =>
    leavesNothing.has(row.queue) ? { ...row, done_last_hour: null, done_last_day: null } : row,
  );
}

export interface JobPage {
  readonly jobs: Job[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

const JOBS_A_PAGE = 50;

export async function listedJobs(
  { accountsPool }: JobsDeps,
  actor: Actor,
  { queue, state, organization_id, limit = JOBS_A_PAGE, before }: JobsQuery,
): Promise<JobPage> {
  requireScope(actor, "installation.manage");
  const [createdUs = "", id = ""] = before?.split("_") ?? [];
  return inAccounts(accountsPool, actor.database.author, async (db) => {
    const found = await listJobs(asQueueRole(db), {
      queues: queue === undefined ? allQueues : [queue],
      states: state === undefined ? allStates : [storedState(state)],
      organizationId: organization_id ?? null,
      limit: limit + 1,
      before: before === undefined ? null : { createdUs, id },
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const known = await knownOf(db, page);
    return {
      jobs: page.map((job) => jobOf(job, known, Date.now())),
      next: last && found.length > limit ? `${last.created_us}_${last.id}` : null,
    };
  });
}

function storedState(state: JobState): StoredState {
  return allStates.find((stored) => stateOf[stored] === state)!;
}

export async function readJob({ accountsPool }: JobsDeps, actor: Actor, id: string): Promise<Job> {
  requireScope(actor, "installation.manage");
  return inAccounts(accountsPool, actor.database.author, async (db) => {
    const job = await findJob(asQueueRole(db), allQueues, { id });
    if (!job) throw notFound("job");
    return jobOf(job, await knownOf(db, [job]), Date.now());
  });
}

/**
 * Has a job that failed or was cancelled done again, with its row.
 * @throws {AppError} not_found; conflict: it is not over, or there is nothing to do again.
 */
export async function retryJob(deps: JobsDeps, actor: Actor, id: string): Promise<Job> {
  requireScope(actor, "installation.manage");
  await changeJob(deps, actor, id, async (tx, job) => {
    if (!canRetry(job)) {
      throw new AppError(
        "conflict",
        `This job is ${stateOf[job.state]}: only one that failed or was cancelled is retried.`,
      );
    }
    if (!(await change.withdrawAbandoned(tx, id))) {
      throw new AppError(
        "conflict",
        "The failure of this job is just being written down. Try again in a few seconds.",
      );
    }
    if (!(await reopen(deps, tx, job))) {
      throw new AppError(
        "conflict",
        `There is nothing to do again: ${subjectOf(job)} is done or gone meanwhile.`,
      );
    }
    await change.retryJob(tx, job);
    await note(tx, "retry", job);
  });
  return readJob(deps, actor, id);
}

/**
 * Ends a job that waits or is being done, with its row. It can be retried.
 * @throws {AppError} not_found; conflict: it is over already, or nobody may cancel it.
 */
export async function cancelJob(deps: JobsDeps, actor: Actor, id: string): Promise<Job> {
  requireScope(actor, "installation.manage");
  await changeJob(deps, actor, id, async (tx, job) => {
    if (!canCancel(job)) throw new AppError("conflict", whyNotCancelled(job));
    await workOfQueues[job.queue]?.cancel(tx, job.data);
    if (job.queue === "verify") await failCheck(deps.accountsPool, job.data.id);
    await change.cancelJob(tx, { ...job, reason: CANCELLED });
    await note(tx, "cancel", job);
  });
  return readJob(deps, actor, id);
}

function whyNotCancelled({ queue, state }: ListedJob): string {
  return queue === "abandoned" && !canRetry({ state }) && state !== "completed"
    ? "This job only writes down that another one failed. It is not cancelled: that one would wait for ever."
    : `This job is ${stateOf[state]} already.`;
}

/** Runs `work` with the job locked. */
async function changeJob(
  deps: JobsDeps,
  actor: Actor,
  id: string,
  work: (tx: Transaction, job: ListedJob) => Promise<void>,
): Promise<void> {
  const seen = await inAccounts(deps.accountsPool, actor.database.author, (db) =>
    findJob(asQueueRole(db), allQueues, { id }),
  );
  if (!seen) throw notFound("job");
  await inTransaction(deps.db, accessOf(deps, actor, seen), async (tx) => {
    const job = await findJob(tx, allQueues, { id, lock: "forUpdate" });
    if (!job) throw notFound("job");
    await work(tx, job);
  });
}

/**
 * The administrator's, in the one project that the job works in, for this transaction alone: rows are changed where the
 * job would change them, and the audit says by whom.
 */
function accessOf(deps: JobsDeps, { database, userId }: Actor, { data }: ListedJob): DatabaseAccess {
  const { organizationId, projectId } = data;
  return { ...jobAccess(deps, { userId, organizationId, projectId }), author: database.author };
}

async function reopen(
  { accountsPool }: JobsDeps,
  tx: Transaction,
  { queue, data }: ListedJob,
): Promise<boolean> {
  if (queue === "verify") return reopenCheck(accountsPool, data.id);
  return workOfQueues[queue]?.reopen(tx, data) ?? true;
}

async function note(
  tx: Transaction,
  verb: "retry" | "cancel",
  { queue, id, data, state }: ListedJob,
): Promise<void> {
  const { organizationId = INSTALLATION, projectId } = data;
  await noteJob(tx, { verb, queue, id, organizationId, projectId, was: stateOf[state] });
}
