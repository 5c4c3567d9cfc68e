import { Id, Name, type Project } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import { Check } from "typebox/value";
import type { Actor } from "../../../access/actor.ts";
import type { ProjectRef } from "../../../access/policy.ts";
import { AppError } from "../../../errors.ts";
import {
  discardFile,
  type FormFields,
  leastBytesOf,
  type ReceivedFile,
  receiveFile,
} from "../../../http/request/receiveFile.ts";
import { readStorage, requireQuota } from "../../../organizations/service.ts";
import { type DatabaseAccess, inTransaction } from "../../../platform/database/transaction.ts";
import type { ApiDeps } from "../../../platform/deps.ts";
import { watchUntil } from "../../../platform/events/watchUntil.ts";
import { deleteOrLeave } from "../../../platform/objects/requireDeletable.ts";
import { findProject, type StoredProject } from "../../queries.ts";
import { foundingOrganization, projectFor } from "../../service.ts";
import { deleteImport, IMPORT_KEPT, insertImport } from "../queries.ts";

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
      "Send the .magtrace.zip file that GET /api/projects/{id}/export/ gave, as multipart/form-data in the field `file`. A project as JSON cannot be imported.",
    );
  }
  let isCounted = false;
  const { file, fields } = await receiveFile(deps, request, {
    mostMib: deps.config.UPLOAD_MAX_DECOMPRESSED_MIB,
    advice: "Ask whoever runs this installation for more (UPLOAD_MAX_DECOMPRESSED_MIB).",
    beforeFile: async (given) => {
      if (given.organization === undefined) return undefined;
      const organizationId = organizationOf(actor, given);
      const bytes = leastBytesOf(request);
      await inTransaction(deps.db, actor.database, async (tx) =>
        requireQuota(deps.config, await readStorage(tx, organizationId), { bytes }),
      );
      isCounted = true;
      return { organizationId };
    },
  });
  let projectRef: ProjectRef;
  try {
    projectRef = await enqueue(deps, actor, {
      file,
      organizationId: organizationOf(actor, fields),
      name: nameOf(fields),
      isCounted,
    });
  } catch (error) {
    await discardFile(deps, file, error);
    throw error;
  }
  return settledProject(deps, actor.database, projectRef.projectId, file);
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
  /** Whether the file is counted as the organisation's already. */
  readonly isCounted: boolean;
}

async function enqueue(
  deps: ApiDeps,
  actor: Actor,
  { file, organizationId, name, isCounted }: Received,
): Promise<ProjectRef> {
  const provisional = file.filename.replace(/(\.magtrace)?\.(zip|tar)$/, "") || FALLBACK_NAME;
  return inTransaction(deps.db, actor.database, async (tx) => {
    const storage = await readStorage(tx, organizationId);
    requireQuota(deps.config, storage, { bytes: file.bytes, isStored: isCounted });
    const projectRef = await insertImport(tx, {
      organizationId,
      name: name ?? provisional,
      state: { key: file.key, named: name !== undefined },
    });
    const { projectId } = projectRef;
    await deps.queue.send(tx, "import", { projectId, organizationId, userId: actor.userId, id: projectId });
    return projectRef;
  });
}

async function settledProject(
  deps: ApiDeps,
  access: DatabaseAccess,
  id: number,
  file: ReceivedFile,
): Promise<Project> {
  const project = await watchUntil(deps, {
    waitSeconds: deps.config.UPLOAD_WAIT_SECONDS,
    concerns: ({ kind, project: subject }) => kind === "project" && subject === id,
    read: async (): Promise<StoredProject> => {
      const found = await inTransaction(deps.db, access, (tx) => findProject(tx, id));
      if (!found) throw new AppError("gone", "The project was deleted while it was being imported.");
      return found;
    },
    isSettled: ({ status }) => status !== "importing",
  });
  if (project.status !== "failed") return projectFor(project);
  await inTransaction(deps.db, access, (tx) => deleteImport(tx, id));
  const { error, findings, total_findings } = project.import_failure!;
  const refusal =
    total_findings === 0
      ? new AppError(
          "dependency_unavailable",
          error.replace(IMPORT_KEPT, "The file was not kept: send it again."),
        )
      : new AppError("unreadable_file", error, { details: { findings, total_findings } });
  // No row speaks of it any more. The job deletes it, too, but only after its row says that it was refused.
  await deleteOrLeave(deps, file.key);
  throw refusal;
}
