import { Id, Name, type Project } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import { Check } from "typebox/value";
import type { Actor } from "../../../access/actor.ts";
import type { Place } from "../../../access/policy.ts";
import { AppError } from "../../../errors.ts";
import {
  discardFile,
  type FormFields,
  type ReceivedFile,
  receiveFile,
} from "../../../http/request/receiveFile.ts";
import { inTransaction, type Reach } from "../../../platform/database/transaction.ts";
import type { ApiDeps } from "../../../platform/deps.ts";
import { watchUntil } from "../../../platform/events/watchUntil.ts";
import { findProject, type StoredProject } from "../../queries.ts";
import { foundingOrganization, projectFor } from "../../service.ts";
import { deleteImport, insertImport } from "../queries.ts";

const FALLBACK_NAME = "Imported project";

/**
 * Takes a project's file: seals it while it arrives, makes the project's row and its job together, and waits. A
 * refused file leaves neither row nor object.
 * @returns the project, `ready` or, when importing takes longer than the configured wait, not yet.
 */
export async function receiveImport(deps: ApiDeps, actor: Actor, request: FastifyRequest): Promise<Project> {
  if (!request.isMultipart()) {
    throw new AppError(
      "unsupported_media_type",
      "Send the .magtrace.tar file that GET /api/projects/{id}/export/ gave, as multipart/form-data in the field `file`. A project as JSON cannot be imported.",
    );
  }
  const { file, fields } = await receiveFile(deps, request, {
    mostMib: deps.config.UPLOAD_MAX_DECOMPRESSED_MIB,
    advice: "Ask whoever runs this installation for more (UPLOAD_MAX_DECOMPRESSED_MIB).",
    beforeFile: async (given) => {
      return given.organization === undefined ? undefined : { organizationId: organizationOf(actor, given) };
    },
  });
  let place: Place;
  try {
    place = await enqueue(deps, actor, {
      file,
      organizationId: organizationOf(actor, fields),
      name: nameOf(fields),
    });
  } catch (error) {
    await discardFile(deps, file, error);
    throw error;
  }
  return settledProject(deps, actor.reach, place.projectId);
}

function organizationOf(actor: Actor, { organization }: FormFields): number {
  if (organization === undefined || organization === "") return foundingOrganization(actor, undefined);
  const id = Number(organization);
  if (!Check(Id, id)) {
    throw new AppError("validation_failed", "body/organization must be the id of an organisation of yours.");
  }
  return foundingOrganization(actor, id);
}

function nameOf({ name }: FormFields): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (Check(Name, name) && !name.includes("\0")) return name;
  throw new AppError("validation_failed", "body/name must have 1 to 255 characters.");
}

interface Received {
  readonly file: ReceivedFile;
  readonly organizationId: number;
  readonly name: string | undefined;
}

async function enqueue(
  deps: ApiDeps,
  actor: Actor,
  { file, organizationId, name }: Received,
): Promise<Place> {
  const provisional = file.filename.replace(/(\.magtrace)?\.tar$/, "") || FALLBACK_NAME;
  return inTransaction(deps.db, actor.reach, async (tx) => {
    const place = await insertImport(tx, {
      organizationId,
      name: name ?? provisional,
      state: { key: file.key, named: name !== undefined },
    });
    const { projectId } = place;
    await deps.queue.send(tx, "import", { projectId, organizationId, userId: actor.userId, id: projectId });
    return place;
  });
}

async function settledProject(deps: ApiDeps, reach: Reach, id: number): Promise<Project> {
  const project = await watchUntil(deps.events, {
    waitSeconds: deps.config.UPLOAD_WAIT_SECONDS,
    concerns: ({ kind, project: subject }) => kind === "project" && subject === id,
    look: async (): Promise<StoredProject> => {
      const found = await inTransaction(deps.db, reach, (tx) => findProject(tx, id));
      if (!found) throw new AppError("gone", "The project was deleted while it was being imported.");
      return found;
    },
    isSettled: ({ status }) => status !== "importing",
  });
  if (project.status !== "failed") return projectFor(project);
  await inTransaction(deps.db, reach, (tx) => deleteImport(tx, id));
  const { error, findings, total_findings } = project.import_failure!;
  if (total_findings === 0) throw new AppError("internal", error);
  throw new AppError("unreadable_file", error, { details: { findings, total_findings } });
}
