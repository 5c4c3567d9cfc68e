import { jobAccess } from "../access/actor.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { JobData } from "../platform/queue/queues.ts";
import type { Infections } from "../platform/scanner/infections.ts";
import type { ScannerUnavailable } from "../platform/scanner/scanner.ts";
import { scanAll } from "../platform/scanner/scanning.ts";
import type { StoredDataset } from "./queries.ts";
import { markInfected, markScanned, markUnscanned } from "./scanQueries.ts";

export interface ScanDeps extends Deps {
  readonly infections: Infections;
}

/**
 * Has a file that was kept without a verdict scanned, before anything reads it.
 * @returns whether it may be read; else its dataset says why not.
 */
export async function scanKept(deps: ScanDeps, job: JobData, dataset: StoredDataset): Promise<boolean> {
  const { db, objects, scanner, infections } = deps;
  const key = dataset.originalKey!;
  const access = jobAccess(deps, job);
  const verdict = await scanAll(scanner, streamOf(objects, key));
  if (verdict.kind === "clean") return inTransaction(db, access, (tx) => markScanned(tx, job.id));
  if (verdict.kind === "unscanned") {
    await inTransaction(db, access, (tx) => keepUnread(tx, job, verdict.reason));
    return false;
  }
  const isSettled = await inTransaction(db, access, async (tx) => {
    await publishEvent(tx, failedEvent(job));
    const error = `The virus scanner found ${verdict.found} in this file. It was refused and is not kept.`;
    return markInfected(tx, job.id, error);
  });
  if (isSettled) {
    const { organizationId, projectId, originalName, sha256 } = dataset;
    await infections.report(
      {
        author: access.author,
        organizationId,
        projectId,
        filename: originalName,
        bytes: dataset.wire.original_bytes,
        sha256: sha256!,
        found: verdict.found,
      },
      key,
    );
  }
  return false;
}

interface ProjectsDataset {
  readonly projectId: number;
  readonly id: number;
}

/**
 * Nothing reads a dataset's file before somebody asks for it again and the virus scanner has seen it.
 * @returns what is said of it.
 */
export async function keepUnread(
  tx: Transaction,
  dataset: ProjectsDataset,
  reason: ScannerUnavailable,
): Promise<string> {
  const error = `${reason.message} The file is kept and nothing has read it: have it read again once the scanner answers.`;
  await markUnscanned(tx, dataset.id, error);
  await publishEvent(tx, failedEvent(dataset));
  return error;
}

function failedEvent({ projectId, id }: ProjectsDataset) {
  return { kind: "dataset", project: projectId, id, state: { status: "failed", progress: 0 } } as const;
}
