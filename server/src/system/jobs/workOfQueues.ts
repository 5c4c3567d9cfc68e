import { failReread, reopenReread } from "../../datasets/rereads/rereads.ts";
import { failReading, reopenReading } from "../../datasets/service.ts";
import { failUpload, reopenUpload } from "../../datasets/uploads/uploads.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import type { JobData, QueueName } from "../../platform/queue/queues.ts";
import { failPrediction, reopenPrediction } from "../../predictions/service.ts";
import { failImport, reopenImport } from "../../projects/service.ts";
import { cancelTraining, reopenTraining } from "../../training/service.ts";

/** What the row of a job goes through when an administrator has the job done again, or cancels it. */
interface WorkOfQueue {
  /** False where there is nothing to do again. */
  readonly reopen: (tx: Transaction, job: JobData) => Promise<boolean>;
  readonly cancel: (tx: Transaction, job: JobData) => Promise<unknown>;
}

export const CANCELLED = "Cancelled by an administrator of this installation.";

/** Of queues whose jobs have a row. Checks of the audit are with the accounts role: see jobs.ts. */
export const workOfQueues: Partial<Record<QueueName, WorkOfQueue>> = {
  ingest: {
    reopen: reopenReading,
    cancel: (tx, job) => failReading(tx, job, `${CANCELLED} The file is kept: have it read again.`),
  },
  assemble: {
    reopen: reopenUpload,
    cancel: (tx, job) =>
      failUpload(tx, job, {
        code: "dependency_unavailable",
        error: `${CANCELLED} The upload is kept: send an empty PATCH at its end to have it tried again.`,
        keepParts: true,
      }),
  },
  reread: {
    reopen: reopenReread,
    cancel: (tx, job) =>
      failReread(
        tx,
        job,
        `${CANCELLED} The dataset stays as it was. Have it read again if you still want that.`,
      ),
  },
  train: { reopen: reopenTraining, cancel: (tx, job) => cancelTraining(tx, job, CANCELLED) },
  predict: {
    reopen: reopenPrediction,
    cancel: (tx, job) => failPrediction(tx, job, `${CANCELLED} Start it again if you still want it.`),
  },
  import: {
    reopen: reopenImport,
    cancel: (tx, job) =>
      failImport(
        tx,
        job,
        `${CANCELLED} The file is kept: ask one to have it imported again, or import it anew.`,
      ),
  },
};
