import type pg from "pg";
import { jobAccess } from "../access/actor.ts";
import { retryDataset } from "../datasets/service.ts";
import { retryUpload } from "../datasets/uploads/uploads.ts";
import { AppError } from "../errors.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { retryImport } from "../projects/service.ts";

export type FailedKind = "dataset" | "project" | "upload";

/** Work that failed through no fault of its file, and whose file is kept. */
export interface FailedWork {
  readonly kind: FailedKind;
  readonly id: number;
  readonly projectId: number;
  readonly organizationId: number;
  /** In whose name it is done again: whoever asked for it, else the project's owner. Null where there is nobody. */
  readonly userId: number | null;
  readonly name: string;
  readonly error: string | null;
}

const retryOf: Record<FailedKind, (deps: Deps, tx: Transaction, job: JobData) => Promise<boolean>> = {
  dataset: retryDataset,
  project: retryImport,
  upload: (deps, tx, { id }) => retryUpload(deps, tx, id),
};

/** Of all organisations. */
export async function failedWork(accountsPool: pg.Pool): Promise<FailedWork[]> {
  const { rows } = await accountsPool.query<FailedWork>(
    `SELECT kind, id, project_id AS "projectId", organization_id AS "organizationId", user_id AS "userId", name, error
     FROM magtrace.failed_work()`,
  );
  return rows;
}

/** Puts it into the queue again. False where somebody else has meanwhile, or it is gone. */
export async function retryFailed(deps: Deps, work: FailedWork): Promise<boolean> {
  const { kind, id, projectId, organizationId, userId } = work;
  if (userId === null) {
    throw new AppError(
      "conflict",
      `Nobody owns the project of ${kind} ${id} any more. Give it an owner first.`,
    );
  }
  const job = { projectId, organizationId, userId, id };
  return inTransaction(deps.db, jobAccess(deps, job), (tx) => retryOf[kind](deps, tx, job));
}
