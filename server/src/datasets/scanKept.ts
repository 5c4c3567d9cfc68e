import { jobAccess } from "../access/actor.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import type { JobData } from "../platform/queue/queues.ts";
import type { Infections } from "../platform/scanner/infections.ts";
import { scanAll } from "../platform/scanner/scanning.ts";
import type { StoredDataset } from "./queries.ts";
import { markInfected, markScanned, markUnscanned } from "./scanQueries.ts";

export const KEPT_UNSCANNED =
  "The file is kept and nothing has read it: have it read again once the scanner answers.";

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
  const source = await objects.open(key);
  const verdict = await scanAll(scanner, source.stream()).finally(() => source.close());
  if (verdict.kind === "clean") return inTransaction(db, access, (tx) => markScanned(tx, job.id));
  const error =
    verdict.kind === "infected"
      ? `The virus scanner found ${verdict.found} in this file. It was refused and is not kept.`
      : `${verdict.reason.message} ${KEPT_UNSCANNED}`;
  const isSettled = await inTransaction(db, access, async (tx) => {
    const state = { status: "failed", progress: 0 };
    await publishEvent(tx, { kind: "dataset", project: job.projectId, id: job.id, state });
    return verdict.kind === "infected" ? markInfected(tx, job.id, error) : markUnscanned(tx, job.id, error);
  });
  if (verdict.kind === "infected" && isSettled) {
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
