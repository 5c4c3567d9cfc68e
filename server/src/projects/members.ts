import type { Project, ProjectMember, ProjectRole } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { notFound, type ProjectRef } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import * as queries from "./memberQueries.ts";
import { putMember } from "./queries.ts";
import { readProject, requireProject } from "./service.ts";

// A project may have no owner of its own: those of its organisation are owners of every project, and there is always
// one of these. So the last owner named in a project may go, and nobody is locked out of it.

export async function listMembers(
  { db }: Deps,
  actor: Actor,
  id: number,
  page: PageRequest,
): Promise<Page<ProjectMember>> {
  return inTransaction(db, actor.database, async (tx) => {
    const projectRef = await requireProject(tx, actor, id, "project.read");
    return queries.listMembers(tx, projectRef, page);
  });
}

interface Membership {
  readonly projectId: number;
  readonly userId: number;
}

/** Names somebody of the organisation in the project, or changes what they are in it. */
export async function setMember(
  { db }: Deps,
  actor: Actor,
  { projectId, userId }: Membership,
  role: ProjectRole,
): Promise<ProjectMember> {
  return inTransaction(db, actor.database, async (tx) => {
    const projectRef = await requireProject(tx, actor, projectId, "project.members");
    await requireColleague(tx, projectRef, userId);
    await putMember(tx, projectRef, userId, role);
    return queries.readMember(tx, projectRef, userId);
  });
}

/** Removes somebody, or oneself: then it is leaving. */
export async function removeMember(
  { db }: Deps,
  actor: Actor,
  { projectId, userId }: Membership,
): Promise<void> {
  const isOwn = userId === actor.userId;
  await inTransaction(db, actor.database, async (tx) => {
    const projectRef = await requireProject(
      tx,
      actor,
      projectId,
      isOwn ? "project.leave" : "project.members",
    );
    if (await queries.removeMember(tx, projectRef, userId)) return;
    const role = await queries.colleagueRole(tx, projectRef, userId);
    if (role === undefined || role === "member") throw notFound("member");
    throw new AppError(
      "conflict",
      "This member owns the project because of their role in the organisation. Change that role in the organisation.",
    );
  });
}

/** Whoever gives ownership away stays a collaborator, or what their role in the organisation makes them. */
export async function transferOwnership(
  deps: Deps,
  actor: Actor,
  { projectId, userId }: Membership,
): Promise<Project> {
  await inTransaction(deps.db, actor.database, async (tx) => {
    const projectRef = await requireProject(tx, actor, projectId, "project.members");
    if (userId === actor.userId)
      throw new AppError("conflict", "You are an owner already. Choose another member.");
    await requireColleague(tx, projectRef, userId);
    await putMember(tx, projectRef, userId, "owner");
    await queries.changeRole(tx, projectRef, actor.userId, "collaborator");
  });
  const project = await readProject(deps, actor, projectId);
  const { role } = actor.access.organizations.find(({ id }) => id === project.organization) ?? {};
  return { ...project, role: role === "member" ? "collaborator" : "owner" };
}

async function requireColleague(tx: Transaction, projectRef: ProjectRef, userId: number): Promise<void> {
  if (await queries.colleagueRole(tx, projectRef, userId)) return;
  throw new AppError(
    "conflict",
    "Only members of the organisation can be members of its projects. Invite this person into the organisation first.",
  );
}
