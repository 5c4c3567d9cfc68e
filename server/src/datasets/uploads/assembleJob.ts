import { jobAccess } from "../../access/actor.ts";
import { AppError, type ErrorCode } from "../../errors.ts";
import { discardFile, type ReceivedFile, sealFile } from "../../http/request/receiveFile.ts";
import { type DatabaseAccess, inTransaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { publishEvent } from "../../platform/events/events.ts";
import { streamOf } from "../../platform/objects/streamOf.ts";
import type { ObjectStore } from "../../platform/objects/types.ts";
import type { JobContext } from "../../platform/queue/queue.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import { insertDataset } from "../queries.ts";
import { keepUnread, type ScanDeps } from "../scanKept.ts";
import * as queries from "./uploadQueries.ts";
import { failUpload, partsHome } from "./uploads.ts";

/** Of these the file itself is the cause: trying again gives the same. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(["checksum_mismatch", "infected_file", "too_large"]);

/**
 * So often a scanner that gives no verdict is asked again, within some ten seconds. Then the file is kept without one:
 * parts expire, and a dataset's file does not.
 */
const TRIES_WITHOUT_VERDICT = 4;

/**
 * Makes one file of an upload's parts, in the way a plain upload is received: scanned, hashed and sealed on the way. It
 * becomes a dataset, whose reading begins. Run again after a crash it begins anew; the parts are there until then.
 */
export async function assembleJob(deps: ScanDeps, job: JobData, context: JobContext): Promise<void> {
  const access = jobAccess(deps, job);
  const found = await inTransaction(deps.db, access, async (tx) => {
    const upload = await queries.findUpload(tx, job.id);
    return upload && { upload, parts: await queries.listParts(tx, job.id) };
  });
  if (!found) return endUpload(deps, job, inDeletedProject);
  const { upload, parts } = found;
  if (upload.status !== "assembling") return;
  try {
    const file = await joinParts(deps, upload, {
      parts,
      signal: context.signal,
      sender: access,
      keepsUnscanned: context.attempt + 1 >= TRIES_WITHOUT_VERDICT,
    });
    await makeDataset(deps, job, { upload, file });
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error;
    await endUpload(deps, job, { code: error.code, error: error.message, keepParts: false });
  }
  await deps.objects.deletePrefix(partsHome(upload.id));
}

/** An upload that was cancelled has no row that could be told. */
const inDeletedProject = {
  code: "gone",
  error:
    "The project was deleted before this upload was put together. If it has been restored, send an empty PATCH at the upload's end to have it tried again.",
  keepParts: true,
} as const;

interface Joining {
  readonly parts: readonly queries.Part[];
  readonly signal: AbortSignal;
  readonly sender: DatabaseAccess;
  readonly keepsUnscanned: boolean;
}

async function joinParts(
  deps: ScanDeps,
  { fileName, projectId, organizationId, length, sha256 }: queries.StoredUpload,
  { parts, signal, ...scanning }: Joining,
): Promise<ReceivedFile> {
  const bytes = bytesOf(deps.objects, parts, signal);
  // How long it may be was decided when it was begun.
  const limits = { mostMib: deps.config.UPLOAD_MAX_MIB, advice: "Compress it (gzip, zstd) or split it." };
  const whose = { filename: fileName, organizationId, projectId };
  const file = await sealFile(deps, bytes, { ...whose, ...limits, ...scanning });
  if (file.bytes !== length)
    throw new Error(`the parts of an upload have ${file.bytes} bytes, not ${length}`);
  if (sha256 === null || sha256 === file.sha256) return file;
  await deps.objects.delete(file.key);
  throw new AppError(
    "checksum_mismatch",
    `The file that arrived has the SHA-256 ${file.sha256}, and ${sha256} was announced. It was not kept: send it again.`,
  );
}

async function* bytesOf(
  objects: ObjectStore,
  parts: readonly queries.Part[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const { key } of parts) {
    signal.throwIfAborted();
    yield* streamOf(objects, key);
  }
}

async function makeDataset(
  deps: Deps,
  job: JobData,
  { upload, file }: { upload: queries.StoredUpload; file: ReceivedFile },
): Promise<void> {
  const { projectId, organizationId, name, mapping, uploadedBy } = upload;
  try {
    const isMade = await inTransaction(deps.db, jobAccess(deps, job), async (tx) => {
      const dataset = await insertDataset(tx, {
        projectId,
        organizationId,
        name,
        originalName: upload.fileName,
        originalKey: file.key,
        originalBytes: file.bytes,
        sha256: file.sha256,
        mapping,
        uploadedBy,
      });
      if (!(await queries.markCompleted(tx, upload.id, dataset.id))) throw new CalledOff();
      if (file.unscanned) {
        await keepUnread(tx, dataset, file.unscanned);
      } else {
        await deps.queue.send(tx, "ingest", {
          projectId,
          organizationId,
          userId: uploadedBy,
          id: dataset.id,
        });
      }
      const state = { status: "completed", dataset: dataset.id };
      await publishEvent(tx, { kind: "upload", project: projectId, id: upload.id, state });
      return true;
    }).catch((error) => {
      if (error instanceof CalledOff) return false;
      throw error;
    });
    if (!isMade) await deps.objects.delete(file.key);
  } catch (error) {
    await discardFile(deps, file, error);
    throw error;
  }
}

/** Nobody waits for it any more. */
class CalledOff extends Error {}

async function endUpload(
  deps: Deps,
  job: JobData,
  failure: { code: ErrorCode; error: string; keepParts: boolean },
): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), (tx) => failUpload(tx, job, failure));
}

/** It failed for good through no fault of the file: the parts stay until the upload expires. */
export async function abandonAssembly(deps: Deps, job: JobData, reason?: string): Promise<void> {
  await endUpload(deps, job, {
    code: "dependency_unavailable",
    error:
      reason ??
      "This upload could not be put together through a fault of ours. It is kept: send an empty PATCH at its end to have it tried again.",
    keepParts: true,
  });
}
