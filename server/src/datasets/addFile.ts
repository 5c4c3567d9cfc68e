import type { Actor } from "../access/actor.ts";
import { discardFile, sealFile } from "../http/request/receiveFile.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import * as queries from "./queries.ts";
import { requireRoom } from "./uploads/storage.ts";

export interface AddedFile {
  readonly projectId: number;
  readonly name: string;
  /** What it was called where it comes from. */
  readonly filename: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * A dataset of a file that a command brings: sealed, scanned and read as an uploaded one is. `also` is committed with it
 * or not at all.
 * @throws {AppError} too_large; over_quota; infected_file.
 */
export async function addFile(
  deps: Deps,
  actor: Actor,
  { projectId, name, filename, bytes, content }: AddedFile,
  also: (tx: Transaction, dataset: queries.StoredDataset) => Promise<void>,
): Promise<queries.StoredDataset> {
  const { db, config } = deps;
  const { project, mostMib } = await inTransaction(db, actor.database, async (tx) => {
    const project = await requireProject(tx, actor, projectId, "dataset.write");
    return { project, mostMib: await requireRoom(tx, { config, actor, project }, { bytes }) };
  });
  const { organizationId } = project;
  const file = await sealFile(deps, content, {
    filename,
    mostMib,
    advice: "",
    organizationId,
    projectId,
    sender: actor.database,
  });
  try {
    return await inTransaction(db, actor.database, async (tx) => {
      const dataset = await queries.insertDataset(tx, {
        projectId,
        organizationId,
        name,
        originalName: filename,
        originalKey: file.key,
        originalBytes: file.bytes,
        sha256: file.sha256,
        // An empty one says nothing: it is there so that no profile of the project speaks in its stead.
        mapping: {},
        uploadedBy: actor.userId,
      });
      await deps.queue.send(tx, "ingest", {
        projectId,
        organizationId,
        userId: actor.userId,
        id: dataset.id,
      });
      await also(tx, dataset);
      return dataset;
    });
  } catch (error) {
    await discardFile(deps, file, error);
    throw error;
  }
}
