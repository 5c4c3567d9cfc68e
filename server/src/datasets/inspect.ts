import type { Inspection } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { receiveHead } from "../http/request/receiveHead.ts";
import type { ByteMaker } from "../platform/byteThread/byteThread.ts";
import type { Deps } from "../platform/deps.ts";
import { worthTaking } from "./ingest/inspect/headOf.ts";
import type { InspectedFile, InspectRequest } from "./ingest/inspectFile.ts";
import { ingestLimits } from "./ingestLimits.ts";
import { mappingOf, projectRefOf, type UploadFields } from "./uploadFields.ts";

export interface InspectDeps extends Deps {
  /** Where first parts of files are read: not on the event loop. */
  readonly inspectThread: ByteMaker;
}

type InspectFields = UploadFields & { total_bytes?: string; filename?: string };

/** Takes the first part of a file and tells how it would be read. Nothing is stored. */
export async function inspectUpload(
  deps: InspectDeps,
  actor: Actor,
  request: FastifyRequest,
): Promise<Inspection> {
  const { head, fields } = await receiveHead(request, {
    worthTaking,
    beforeFile: async (given: InspectFields) => {
      if (given.project ?? given.project_id) await projectRefOf(deps, actor, given);
    },
  });
  await projectRefOf(deps, actor, fields);
  const { filename }: InspectFields = fields;
  const mapping = mappingOf(fields);
  const totalBytes = totalBytesOf(fields) ?? (head.ended ? head.bytes.length : undefined);
  const inspected = await inspectOnThread(deps, {
    head: { bytes: head.bytes, complete: head.ended && (totalBytes ?? 0) <= head.bytes.length },
    filename: filename ?? head.filename,
    ...(mapping === null ? {} : { mapping }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
    limits: ingestLimits(deps.config),
  });
  return { ...inspected, profile: null };
}

function totalBytesOf({ total_bytes: text }: InspectFields): number | undefined {
  if (text === undefined || text === "") return undefined;
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new AppError("validation_failed", "body/total_bytes must be the size of the whole file, in bytes.");
}

async function inspectOnThread(
  { inspectThread }: InspectDeps,
  request: InspectRequest,
): Promise<InspectedFile> {
  const made = await inspectThread.make<InspectedFile>("inspect", request);
  made.end();
  return made.head;
}
