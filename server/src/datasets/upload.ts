import type { ColumnMapping, Dataset } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import type { Actor } from "../access/actor.ts";
import type { ProjectRef } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { discardFile, leastBytesOf, type ReceivedFile, receiveFile } from "../http/request/receiveFile.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import type { ScannerUnavailable } from "../platform/scanner/scanner.ts";
import * as queries from "./queries.ts";
import { keepUnread } from "./scanKept.ts";
import { FALLBACK_NAME, nameOf, projectRefOf, type UploadFields, wantedReading } from "./uploadFields.ts";
import { mostMibAnywhere, requireRoom } from "./uploads/storage.ts";
import { isRefused, refusalOf, whenRead } from "./whenRead.ts";

/**
 * Takes a multipart upload: seals the file while it arrives, makes the row and its job together, and waits for the
 * ingest. A refused file leaves neither row nor object.
 * @returns the dataset, `processed` or, when reading takes longer than the configured wait, not yet.
 */
export async function receiveUpload(deps: ApiDeps, actor: Actor, request: FastifyRequest): Promise<Dataset> {
  let isCounted = false;
  const { file, fields } = await receiveFile(deps, request, {
    mostMib: mostMibAnywhere(deps.config, actor),
    advice: "Compress it (gzip, zstd) or split it.",
    keepsUnscanned: true,
    // Told early, nobody sends gigabytes to a project that is not theirs, or where there is no room for them.
    beforeFile: async (given: UploadFields) => {
      if (!(given.project ?? given.project_id)) return undefined;
      const project = await projectRefOf(deps, actor, given);
      const bytes = leastBytesOf(request);
      const { organizationId, projectId } = project;
      const mostMib = await inTransaction(deps.db, actor.database, (tx) =>
        requireRoom(tx, { config: deps.config, actor, project }, { bytes }),
      );
      isCounted = true;
      return { organizationId, projectId, mostMib };
    },
  });
  try {
    const projectRef = await projectRefOf(deps, actor, fields);
    const name = nameOf(fields, file.filename);
    const { mapping } = await wantedReading(deps, actor, fields);
    await inTransaction(deps.db, actor.database, (tx) =>
      requireRoom(
        tx,
        { config: deps.config, actor, project: projectRef },
        { bytes: file.bytes, isStored: isCounted },
      ),
    );
    const upload = { projectRef, name, file, mapping };
    if (file.unscanned) return await keepUnscanned(deps, actor, upload, file.unscanned);
    return await ingestAndWait(deps, actor, upload);
  } catch (error) {
    if (error instanceof AfterCommit) throw error.reason;
    await discardFile(deps, file, error);
    throw error;
  }
}

/** The row exists: what happens to its object is no longer the upload's business. */
class AfterCommit extends Error {
  readonly reason: unknown;
  constructor(reason: unknown) {
    super("failed after the dataset was made");
    this.reason = reason;
  }
}

interface NewUpload {
  readonly projectRef: ProjectRef;
  readonly name: string;
  readonly file: ReceivedFile;
  readonly mapping: ColumnMapping | null;
}

function insert(
  tx: Transaction,
  actor: Actor,
  { projectRef, name, file, mapping }: NewUpload,
): Promise<queries.StoredDataset> {
  return queries.insertDataset(tx, {
    projectId: projectRef.projectId,
    organizationId: projectRef.organizationId,
    name,
    originalName: file.filename || FALLBACK_NAME,
    originalKey: file.key,
    originalBytes: file.bytes,
    sha256: file.sha256,
    mapping,
    uploadedBy: actor.userId,
  });
}

/**
 * The virus scanner gave no verdict: the file is refused, and kept as a dataset that nothing reads before it is asked
 * for again and then scanned.
 * @throws {AppError} dependency_unavailable, with the dataset's id.
 */
async function keepUnscanned(
  deps: ApiDeps,
  actor: Actor,
  upload: NewUpload,
  reason: ScannerUnavailable,
): Promise<never> {
  const { id, message } = await inTransaction(deps.db, actor.database, async (tx) => {
    const inserted = await insert(tx, actor, upload);
    return { id: inserted.id, message: await keepUnread(tx, inserted, reason) };
  });
  const details = { dataset: id };
  throw new AfterCommit(new AppError("dependency_unavailable", message, { details, cause: reason }));
}

async function ingestAndWait(deps: ApiDeps, actor: Actor, upload: NewUpload): Promise<Dataset> {
  const { projectRef, file } = upload;
  const dataset = await inTransaction(deps.db, actor.database, async (tx) => {
    const inserted = await insert(tx, actor, upload);
    const { projectId, organizationId } = projectRef;
    await deps.queue.send(tx, "ingest", { projectId, organizationId, userId: actor.userId, id: inserted.id });
    return inserted;
  });
  try {
    const finished = await whenRead(deps, actor, dataset.id);
    // One that failed through a fault of ours is there to be read again.
    if (!isRefused(finished)) return finished.wire;
    const refusal = refusalOf(finished);
    await inTransaction(deps.db, actor.database, (tx) => queries.deleteDataset(tx, dataset.id));
    await discardFile(deps, file, refusal);
    throw refusal;
  } catch (error) {
    throw new AfterCommit(error);
  }
}
