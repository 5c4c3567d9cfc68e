import type { Upload } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../../access/policy.ts";
import { AppError, type ErrorCode, errorCodes } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { baseName } from "../../http/request/receiveFile.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { ApiDeps, Deps } from "../../platform/deps.ts";
import { publishEvent } from "../../platform/events/events.ts";
import { watchUntil } from "../../platform/events/watchUntil.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import { FALLBACK_NAME, nameOf, projectRefOf, type UploadFields, wantedReading } from "../uploadFields.ts";
import { requireRoom } from "./storage.ts";
import * as queries from "./uploadQueries.ts";

const HOUR_MS = 3_600_000;
/** Begun and not ended, of one person. Each has a row and waits for its parts for days. */
const MOST_OPEN = 200;

/** What a client says of a file before it sends it: the fields of an upload, `filename`, `sha256`, `fingerprint`. */
export type UploadMetadata = UploadFields & { filename?: string; sha256?: string; fingerprint?: string };

/** Where the parts of an upload lie. */
export function partsHome(uploadId: number): string {
  return `partial/${uploadId}/`;
}

function expiryOf({ config }: Pick<Deps, "config">, { updatedAt }: queries.StoredUpload): Date {
  return new Date(updatedAt.getTime() + config.UPLOAD_KEEP_HOURS * HOUR_MS);
}

export function wireUpload(deps: Pick<Deps, "config">, upload: queries.StoredUpload): Upload {
  return {
    id: upload.id,
    project: upload.projectId,
    name: upload.name,
    file_name: upload.fileName,
    status: upload.status,
    length: upload.length,
    offset: upload.received,
    fingerprint: upload.metadata.fingerprint ?? null,
    dataset: upload.datasetId,
    code: upload.code,
    error: upload.error,
    created_at: upload.createdAt.toISOString(),
    expires_at: expiryOf(deps, upload).toISOString(),
  };
}

/** Begins one. Everything that would make it hopeless is refused before a byte is sent, as of a plain upload. */
export async function createUpload(
  deps: Deps,
  actor: Actor,
  { length, metadata }: { length: number; metadata: UploadMetadata },
): Promise<queries.StoredUpload> {
  const project = await projectRefOf(deps, actor, metadata);
  const fileName = baseName(metadata.filename);
  const name = nameOf(metadata, fileName);
  const sha256 = sha256Of(metadata);
  const { mapping } = await wantedReading(deps, actor, metadata);
  return inTransaction(deps.db, actor.database, async (tx) => {
    await queries.lockStorage(tx, project.organizationId);
    await requireRoom(tx, { config: deps.config, actor, project }, { bytes: length });
    if ((await queries.countOpen(tx, actor.userId)) >= MOST_OPEN) {
      throw new AppError(
        "conflict",
        `You have ${MOST_OPEN} uploads that have not ended. Finish or cancel some of them: GET /api/datasets/uploads/ lists them.`,
      );
    }
    const upload = await queries.insertUpload(tx, {
      projectId: project.projectId,
      organizationId: project.organizationId,
      uploadedBy: actor.userId,
      name,
      fileName: fileName || FALLBACK_NAME,
      length,
      sha256,
      mapping,
      metadata: metadata as Record<string, string>,
    });
    if (upload.status === "assembling") await sendToAssembly(deps, tx, upload);
    return upload;
  });
}

function sha256Of({ sha256 }: UploadMetadata): string | null {
  if (sha256 === undefined || sha256 === "") return null;
  if (/^[0-9a-f]{64}$/i.test(sha256)) return sha256.toLowerCase();
  throw new AppError("validation_failed", "The metadata's sha256 must be 64 hexadecimal digits.");
}

export async function sendToAssembly(
  { queue }: Deps,
  tx: Transaction,
  { id, projectId, organizationId, uploadedBy }: queries.StoredUpload,
): Promise<void> {
  await queue.send(tx, "assemble", { projectId, organizationId, userId: uploadedBy, id });
}

/** Has one that failed through no fault of its file put together again. False where its parts are gone. */
export async function retryUpload(deps: Deps, tx: Transaction, id: number): Promise<boolean> {
  const upload = await queries.findUpload(tx, id);
  if (!upload || !(await queries.markRetried(tx, id))) return false;
  await sendToAssembly(deps, tx, upload);
  return true;
}

/** Makes an upload wait again for the job that puts it together. False where it is done, expired or gone. */
export async function reopenUpload(tx: Transaction, { id }: JobData): Promise<boolean> {
  const upload = await queries.findUpload(tx, id);
  return upload?.status === "assembling" || queries.markRetried(tx, id);
}

export async function failUpload(
  tx: Transaction,
  job: JobData,
  failure: { code: ErrorCode; error: string; keepParts: boolean },
): Promise<void> {
  if (!(await queries.markFailed(tx, job.id, failure))) return;
  const state = { status: "failed", code: failure.code };
  await publishEvent(tx, { kind: "upload", project: job.projectId, id: job.id, state });
}

interface Asked {
  readonly actor: Actor;
  readonly id: number;
  readonly permission?: Permission;
}

/**
 * The actor's own upload, into a project where they may do `permission` now: write, unless it is said.
 * @throws {AppError} not_found, also where it is somebody else's; gone: it has expired.
 */
export async function requireUpload(
  deps: Pick<Deps, "config">,
  tx: Transaction,
  { actor, id, permission = "dataset.write" }: Asked,
): Promise<queries.StoredUpload> {
  const upload = await queries.findUpload(tx, id);
  requireAllowed(actor, permission, upload, "upload");
  if (upload?.uploadedBy !== actor.userId) throw notFound("upload");
  if (upload.status !== "assembling" && expiryOf(deps, upload).getTime() < Date.now()) {
    throw new AppError(
      "gone",
      "Nothing of this upload came for too long, and it has expired. Begin it again.",
    );
  }
  return upload;
}

export async function readUpload(deps: Deps, asked: Asked): Promise<queries.StoredUpload> {
  return inTransaction(deps.db, asked.actor.database, (tx) => requireUpload(deps, tx, asked));
}

/** The actor's own, of all projects they can see. */
export async function listUploads(deps: Deps, actor: Actor, page: PageRequest): Promise<Page<Upload>> {
  return inTransaction(deps.db, actor.database, async (tx) => {
    const { rows, total } = await queries.listUploads(tx, actor.userId, page);
    return { rows: rows.map((row) => wireUpload(deps, row)), total };
  });
}

/** The row goes first: parts without a row are found by the sweep. What it has become stays. */
export async function cancelUpload(deps: Deps, actor: Actor, id: number): Promise<void> {
  await inTransaction(deps.db, actor.database, async (tx) => {
    await requireUpload(deps, tx, { actor, id });
    await queries.deleteUpload(tx, id);
  });
  await deps.objects.deletePrefix(partsHome(id));
}

/**
 * The upload once its file was put together or refused, or when the configured wait is over.
 * @throws {AppError} what it was refused for.
 */
export async function whenAssembled(deps: ApiDeps, actor: Actor, id: number): Promise<queries.StoredUpload> {
  const upload = await watchUntil(deps, {
    waitSeconds: deps.config.UPLOAD_WAIT_SECONDS,
    concerns: (event) => event.kind === "upload" && event.id === id,
    read: () => readUpload(deps, { actor, id }),
    isSettled: ({ status }) => status === "completed" || status === "failed",
  });
  if (upload.status === "failed") throw failureOf(upload);
  return upload;
}

export function failureOf({ code, error }: queries.StoredUpload): AppError {
  const known = errorCodes().find((each): each is ErrorCode => each === code) ?? "internal";
  return new AppError(known, error ?? "This upload failed. Begin it again.");
}
