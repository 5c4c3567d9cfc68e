import type { Dataset, RetryReading } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import * as queries from "./queries.ts";
import { requireDataset } from "./service.ts";
import { isRefused, refusalOf, whenRead } from "./whenRead.ts";

/**
 * Has a file that could not be read, read again: by another mapping where one is given, else by the one it had. Waits
 * for it.
 * @returns the dataset, `processed` or, when reading takes longer than the configured wait, not yet; `failed` where it
 *   failed through a fault of ours again.
 * @throws {AppError} conflict: there is nothing to read again; unreadable_file: it is refused. The dataset stays.
 */
export async function retryReading(
  deps: ApiDeps,
  actor: Actor,
  id: number,
  { mapping }: RetryReading,
): Promise<Dataset> {
  await inTransaction(deps.db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, id, "dataset.write");
    if (!(await queries.markRetried(tx, id, mapping === undefined ? dataset.mapping : mapping))) {
      throw new AppError("conflict", whyNot(dataset));
    }
    const { projectId, organizationId } = dataset;
    await deps.queue.send(tx, "ingest", { projectId, organizationId, userId: actor.userId, id });
  });
  const finished = await whenRead(deps, actor, id);
  if (isRefused(finished)) throw refusalOf(finished);
  return finished.wire;
}

function whyNot({ status, originalKey }: queries.StoredDataset): string {
  if (status === "completed") {
    return "This file has been read. To read it by another mapping, use POST /api/datasets/{id}/reread/.";
  }
  if (status === "failed" && originalKey === null)
    return "The file of this dataset was not kept. Upload it again.";
  return "This file is being read. Wait until that has ended.";
}
