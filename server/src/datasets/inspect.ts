import type { Inspection } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { receiveHead } from "../http/request/receiveHead.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { worthTaking } from "./ingest/inspect/headOf.ts";
import { ingestLimits } from "./ingestLimits.ts";
import type { InspectThreads } from "./inspectThreads.ts";
import { knownProfiles } from "./profiles/profiles.ts";
import { projectRefOf, type UploadFields, wantedReading } from "./uploadFields.ts";

export interface InspectDeps extends Deps {
  /** Where first parts of files are read: not on the event loop. */
  readonly inspectThreads: InspectThreads;
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
  const { projectId } = await projectRefOf(deps, actor, fields);
  const { filename }: InspectFields = fields;
  const { mapping, profile } = await wantedReading(deps, actor, fields);
  const profiles =
    mapping === null
      ? await inTransaction(deps.db, actor.database, (tx) => knownProfiles(tx, projectId))
      : [];
  const totalBytes = totalBytesOf(fields) ?? (head.ended ? head.bytes.length : undefined);
  const asker = { userId: actor.userId, isThere: () => !request.socket.destroyed };
  return deps.inspectThreads.inspect(asker, {
    profile: profile && { id: profile.id, name: profile.name },
    profiles,
    head: { bytes: head.bytes, complete: head.ended && (totalBytes ?? 0) <= head.bytes.length },
    filename: filename ?? head.filename,
    ...(mapping === null ? {} : { mapping }),
    ...(totalBytes === undefined ? {} : { totalBytes }),
    limits: ingestLimits(deps.config),
  });
}

function totalBytesOf({ total_bytes: text }: InspectFields): number | undefined {
  if (text === undefined || text === "") return undefined;
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw new AppError("validation_failed", "body/total_bytes must be the size of the whole file, in bytes.");
}
