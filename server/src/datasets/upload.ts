import { createHash, randomUUID } from "node:crypto";
import { type Dataset, Id, Name } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { Check } from "typebox/value";
import type { Actor } from "../accounts/actor.ts";
import type { Place } from "../accounts/policy.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import type { ColumnMapping } from "./ingest/types.ts";
import * as queries from "./queries.ts";
import { refusalSentence } from "./refusalSentence.ts";

const MIB = 1024 * 1024;

/** A file as it came, sealed and not yet looked into. */
interface ReceivedFile {
  readonly key: string;
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
}

interface UploadFields {
  project?: string;
  project_id?: string;
  name?: string;
  mapping?: string;
}

/**
 * Takes a multipart upload: seals the file while it arrives, makes the row and its job together, and waits for the
 * ingest. A refused file leaves neither row nor object.
 * @returns the dataset, `processed` or, when reading takes longer than the configured wait, not yet.
 */
export async function receiveUpload(deps: ApiDeps, actor: Actor, request: FastifyRequest): Promise<Dataset> {
  const fields: UploadFields = {};
  let file: ReceivedFile | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type === "field") {
        if (typeof part.value === "string") Object.assign(fields, { [part.fieldname]: part.value });
        continue;
      }
      // Told early, nobody sends gigabytes to a project that is not theirs.
      if (fields.project ?? fields.project_id) await placeOf(deps, actor, fields);
      if (part.fieldname !== "file" || file)
        throw new AppError("bad_request", "Send exactly one file, in the field `file`.");
      file = await sealFile(deps, part.file, part.filename);
    }
    if (!file) throw new AppError("bad_request", "Send the file in the multipart field `file`.");
    const place = await placeOf(deps, actor, fields);
    const name = nameOf(fields, file.filename);
    return await ingestAndWait(deps, actor, { place, name, file, mapping: mappingOf(fields) });
  } catch (error) {
    if (file && !(error instanceof AfterCommit)) await deps.objects.delete(file.key);
    throw error instanceof AfterCommit ? error.reason : error;
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

async function placeOf({ db }: ApiDeps, actor: Actor, fields: UploadFields): Promise<Place> {
  const id = Number(fields.project ?? fields.project_id);
  if (!Check(Id, id)) {
    throw new AppError(
      "validation_failed",
      "body/project must be the id of a project, before or after the file.",
    );
  }
  return inTransaction(db, actor.reach, (tx) => requireProject(tx, actor, id, "dataset.write"));
}

function nameOf(fields: UploadFields, filename: string): string {
  const name = fields.name ?? filename;
  if (!Check(Name, name)) throw new AppError("validation_failed", "body/name must have 1 to 255 characters.");
  return name;
}

const Mapping = Type.Object({
  columns: Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 1000 }))),
  unit: Type.Optional(Type.String({ maxLength: 4 })),
});

function mappingOf({ mapping }: UploadFields): ColumnMapping | null {
  if (mapping === undefined || mapping.trim() === "") return null;
  let value: unknown;
  try {
    value = JSON.parse(mapping);
  } catch (cause) {
    throw new AppError("validation_failed", "body/mapping must be JSON.", { cause });
  }
  if (!Check(Mapping, value)) {
    throw new AppError(
      "validation_failed",
      'body/mapping must look like {"columns": {"b_x": "my column"}, "unit": "µT"}, both optional.',
    );
  }
  return value as ColumnMapping;
}

async function sealFile(
  { objects, config }: ApiDeps,
  stream: AsyncIterable<Uint8Array>,
  filename: string | undefined,
): Promise<ReceivedFile> {
  const key = `uploads/${randomUUID()}`;
  const hash = createHash("sha256");
  const writer = await objects.createWriter(key);
  const most = config.UPLOAD_MAX_MIB * MIB;
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > most) {
        throw new AppError(
          "too_large",
          `A file may have at most ${config.UPLOAD_MAX_MIB} MiB. Compress it (gzip, zstd) or split it.`,
        );
      }
      hash.update(chunk);
      await writer.write(chunk);
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { key, filename: baseName(filename), bytes, sha256: hash.digest("hex") };
}

/** The last part of whatever path a client sent, without control characters. */
function baseName(filename: string | undefined): string {
  const name = (filename ?? "")
    .split(/[/\\]/)
    .at(-1)!
    .replaceAll(/\p{Cc}/gu, "")
    .trim();
  return name.slice(0, 255) || "upload.csv";
}

interface NewUpload {
  readonly place: Place;
  readonly name: string;
  readonly file: ReceivedFile;
  readonly mapping: ColumnMapping | null;
}

async function ingestAndWait(
  deps: ApiDeps,
  actor: Actor,
  { place, name, file, mapping }: NewUpload,
): Promise<Dataset> {
  const dataset = await inTransaction(deps.db, actor.reach, async (tx) => {
    const inserted = await queries.insertDataset(tx, {
      projectId: place.projectId,
      organizationId: place.organizationId,
      name,
      originalName: file.filename,
      originalKey: file.key,
      originalBytes: file.bytes,
      sha256: file.sha256,
      mapping,
      uploadedBy: actor.userId,
    });
    const { projectId, organizationId } = place;
    await deps.queue.send(tx, "ingest", { projectId, organizationId, userId: actor.userId, id: inserted.id });
    return inserted;
  });
  try {
    const finished = await waitUntilSettled(deps, actor, dataset.id);
    if (finished.status !== "failed") return finished.wire;
    await inTransaction(deps.db, actor.reach, (tx) => queries.deleteDataset(tx, dataset.id));
    if (finished.totalFindings === 0)
      throw new AppError("internal", finished.wire.error ?? "Reading the file failed.");
    throw new AppError("unreadable_file", refusalSentence(finished.totalFindings), {
      details: { findings: finished.findings, total_findings: finished.totalFindings },
    });
  } catch (error) {
    throw new AfterCommit(error);
  }
}

const POLL_MS = 1_000;

/** Hears of the end at once by event, or within a second by looking. */
async function waitUntilSettled(deps: ApiDeps, actor: Actor, id: number): Promise<queries.StoredDataset> {
  const until = performance.now() + deps.config.UPLOAD_WAIT_SECONDS * 1_000;
  let wake: () => void = () => undefined;
  const unsubscribe = deps.events.subscribe((event) => {
    if (event.kind === "dataset" && event.id === id && event.state.status !== "running") wake();
  });
  try {
    for (;;) {
      const told = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const dataset = await inTransaction(deps.db, actor.reach, (tx) => queries.findDataset(tx, id));
      if (!dataset) throw new AppError("gone", "The dataset was deleted while it was being read.");
      const leftMs = until - performance.now();
      if (dataset.status === "completed" || dataset.status === "failed" || leftMs <= 0) return dataset;
      await waitFor(told, Math.min(POLL_MS, leftMs));
    }
  } finally {
    unsubscribe();
  }
}

async function waitFor(told: Promise<void>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([told, timeout]);
  clearTimeout(timer);
}
