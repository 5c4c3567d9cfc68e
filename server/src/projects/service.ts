import type { CreateProject, Project, ProjectStatistics, UpdateProject } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import {
  foundableIn,
  notFound,
  type Permission,
  type ProjectAccess,
  type ProjectRef,
  requireAllowed,
} from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import { deleteOrLeave } from "../platform/objects/requireDeletable.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { deleteImport, findImport, markImportFailed, markImportRetried } from "./archive/queries.ts";
import * as queries from "./queries.ts";

export interface ProjectDeps extends Deps {
  /** Puts into a new project what it begins with. The api passes it in: labels stand on projects, not the other way. */
  readonly fillProject: (tx: Transaction, place: ProjectRef) => Promise<void>;
}

/** As the interface gives it to the asker. */
export function projectFor({
  projectId: _,
  organizationId: __,
  deletedAt: ___,
  role,
  ...stored
}: queries.StoredProject): Project {
  if (!role) throw notFound("project");
  return { ...stored, role };
}

export { listStatement } from "./queries.ts";

export async function listProjects(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & { deleted?: boolean },
): Promise<Page<Project>> {
  const { rows, total } = await queries.listProjects(db, actor.database, query);
  return { rows: rows.map(projectFor), total };
}

/** A project that is not deleted, on which the actor may do `permission`. Other domains begin with this, too. */
export async function requireProject(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<ProjectAccess & { name: string }> {
  const project = await queries.findProject(tx, id);
  requireAllowed(actor, permission, project, "project");
  if (!project || project.deletedAt) throw notFound("project");
  requireReady(project);
  return project;
}

function requireReady({ status }: queries.StoredProject): void {
  if (status === "ready") return;
  throw new AppError(
    "not_ready",
    status === "importing"
      ? "This project is still being imported. Try again when its status is ready."
      : "The file of this project could not be imported. See its findings, delete it, and import another.",
    { details: { status } },
  );
}

export async function readProject({ db }: Deps, actor: Actor, id: number): Promise<Project> {
  return inTransaction(db, actor.database, async (tx) => {
    const project = await queries.findProject(tx, id);
    requireAllowed(actor, "project.read", project, "project");
    if (!project || project.deletedAt) throw notFound("project");
    return projectFor(project);
  });
}

export async function createProject(
  { db, fillProject }: ProjectDeps,
  actor: Actor,
  request: CreateProject,
): Promise<Project> {
  const organizationId = foundingOrganization(actor, request.organization);
  return inTransaction(db, actor.database, async (tx) => {
    const stored = await queries.insertProject(tx, {
      organizationId,
      name: request.name,
      description: request.description ?? "",
      settings: request.settings ?? {},
    });
    await fillProject(tx, stored);
    return projectFor(stored);
  });
}

/** One with nothing in it, not even categories, for what comes from elsewhere. */
export async function createEmptyProject(
  tx: Transaction,
  actor: Actor,
  project: queries.NewProject,
): Promise<ProjectRef> {
  foundingOrganization(actor, project.organizationId);
  return queries.insertProject(tx, project);
}

/** The organisation asked for, or the only one the actor is in. */
export function foundingOrganization(actor: Actor, asked: number | undefined): number {
  const possible = foundableIn(actor);
  if (asked !== undefined) {
    if (!possible.includes(asked)) throw notFound("organization");
    return asked;
  }
  const [only] = possible;
  if (only === undefined) {
    throw new AppError(
      "not_allowed",
      "You may not make projects in any organisation. Ask an owner of one for the right to.",
    );
  }
  if (possible.length > 1) {
    throw new AppError(
      "validation_failed",
      `body/organization must be the id of the organisation that the project is for, one of ${possible.join(", ")}.`,
    );
  }
  return only;
}

export async function updateProject(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: UpdateProject,
): Promise<Project> {
  return inTransaction(db, actor.database, async (tx) => {
    const { role } = await requireProject(tx, actor, id, "project.change");
    return projectFor({ ...(await queries.updateProject(tx, id, request)), role });
  });
}

/**
 * Out of sight at once, gone for good after 30 days; until then it can be restored. One that is being imported, or
 * could not be, has nothing to restore and is gone at once.
 */
export async function deleteProject(deps: Deps, actor: Actor, id: number): Promise<void> {
  const { db } = deps;
  const uploadKey = await inTransaction(db, actor.database, async (tx) => {
    const project = await queries.findProject(tx, id);
    requireAllowed(actor, "project.manage", project, "project");
    if (!project || project.deletedAt) throw notFound("project");
    const unfinished = project.status === "ready" ? undefined : await deleteImport(tx, id);
    if (!unfinished) await queries.setDeleted(tx, id, true);
    await publishEvent(tx, { kind: "project", project: id, id, state: { status: "deleted" } });
    return unfinished?.key ?? null;
  });
  if (uploadKey !== null) await deleteOrLeave(deps, uploadKey);
}

/** Has an import tried again that failed through a fault of ours. False where there is nothing to try. */
export async function retryImport({ queue }: Deps, tx: Transaction, job: JobData): Promise<boolean> {
  if (!(await markImportRetried(tx, job.id))) return false;
  await queue.send(tx, "import", job);
  return true;
}

/** Makes an import wait again for its job. False where it is done or gone. */
export async function reopenImport(tx: Transaction, { id }: JobData): Promise<boolean> {
  return (await findImport(tx, id)) !== undefined || markImportRetried(tx, id);
}

/** Ends an import through no fault of its file, which is kept. */
export async function failImport(tx: Transaction, { id, projectId }: JobData, error: string): Promise<void> {
  if (!(await markImportFailed(tx, id, { error, findings: [], total_findings: 0 }))) return;
  await publishEvent(tx, { kind: "project", project: projectId, id, state: { status: "failed" } });
}

export async function restoreProject({ db }: Deps, actor: Actor, id: number): Promise<Project> {
  return inTransaction(db, actor.database, async (tx) => {
    const project = await queries.findProject(tx, id);
    requireAllowed(actor, "project.manage", project, "project");
    await queries.setDeleted(tx, id, false);
    return projectFor(project!);
  });
}

export async function projectStatistics({ db }: Deps, actor: Actor, id: number): Promise<ProjectStatistics> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireProject(tx, actor, id, "project.read");
    return queries.projectStatistics(tx, id);
  });
}
