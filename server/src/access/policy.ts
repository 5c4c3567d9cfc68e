import type { OrganizationRole, ProjectRole, TokenScope } from "@magtrace/contracts";
import { AppError } from "../errors.ts";
import type { Actor } from "./actor.ts";

interface Requirement {
  /** What a token must be allowed. Every scope but `read` also asks that the user may write at all. */
  readonly scope: TokenScope;
  /** The least role in the project, or null where no project is concerned. */
  readonly role: ProjectRole | null;
  /** The least role in the organisation, where one is concerned. */
  readonly organization?: OrganizationRole;
  /** Also for read-only users, of whose own safety it is. */
  readonly readOnlyToo?: true;
  /** Concerns the whole account, so that a token for one project does not do. */
  readonly everywhere?: true;
}

/** Every permission there is. A route names one; a service asks for it on the row's own project. */
export const permissions = {
  "account.read": { scope: "read", role: null },
  "account.write": { scope: "write", role: null },
  "account.change": { scope: "write", role: null, everywhere: true },
  "account.join": { scope: "admin", role: null, everywhere: true },
  "audit.read": { scope: "read", role: null },
  "account.secure": { scope: "admin", role: null, readOnlyToo: true, everywhere: true },
  "installation.manage": { scope: "admin", role: null, everywhere: true },
  "organization.read": { scope: "read", role: null, organization: "member" },
  "organization.leave": { scope: "admin", role: null, organization: "member" },
  "organization.change": { scope: "admin", role: null, organization: "admin" },
  "organization.members": { scope: "admin", role: null, organization: "admin" },
  "organization.transfer": { scope: "admin", role: null, organization: "owner" },
  "organization.retention": { scope: "admin", role: null, organization: "admin" },
  "project.create": { scope: "write", role: null },
  "project.read": { scope: "read", role: "viewer" },
  "project.change": { scope: "write", role: "collaborator" },
  "project.manage": { scope: "write", role: "owner" },
  "project.leave": { scope: "admin", role: "viewer" },
  "project.members": { scope: "admin", role: "owner" },
  "project.audit": { scope: "read", role: "owner" },
  "project.export": { scope: "read", role: "viewer" },
  "dataset.read": { scope: "read", role: "viewer" },
  "dataset.write": { scope: "write", role: "collaborator" },
  "label.read": { scope: "read", role: "viewer" },
  "label.write": { scope: "write", role: "collaborator" },
  "model.read": { scope: "read", role: "viewer" },
  "model.write": { scope: "write", role: "collaborator" },
  "training.read": { scope: "read", role: "viewer" },
  "training.run": { scope: "train", role: "collaborator" },
  "prediction.read": { scope: "read", role: "viewer" },
  "prediction.run": { scope: "train", role: "collaborator" },
  "prediction.review": { scope: "write", role: "collaborator" },
} as const satisfies Record<string, Requirement>;

export type Permission = keyof typeof permissions;

/** Where a row belongs. */
export interface ProjectRef {
  readonly projectId: number;
  readonly organizationId: number;
}

/** A row's project and the asker's role in it: the database's own answer (roleColumn.ts). Null: nothing. */
export interface ProjectAccess extends ProjectRef {
  readonly role: ProjectRole | null;
}

const RANK: Record<ProjectRole, number> = { viewer: 1, collaborator: 2, owner: 3 };
const ORGANIZATION_RANK: Record<OrganizationRole, number> = { member: 1, admin: 2, owner: 3 };

/** Whether what is asked for in an organisation is more than `role` has. */
export function exceeds(asked: OrganizationRole, role: OrganizationRole): boolean {
  return ORGANIZATION_RANK[asked] > ORGANIZATION_RANK[role];
}

/** The part of a permission that needs no row: scope, read-only users, installation administrators. */
export function requireScope(actor: Actor, permission: Permission): void {
  const { scope, readOnlyToo, everywhere }: Requirement = permissions[permission];
  if (!actor.scopes.has(scope)) {
    throw new AppError("not_allowed", `This token lacks the scope "${scope}". Make one that has it.`);
  }
  if (scope !== "read" && !readOnlyToo && actor.access.user.role === "read_only") {
    throw new AppError("not_allowed", "Your account is read-only. Ask an administrator to change that.");
  }
  if (everywhere && actor.onlyProject !== null) {
    throw new AppError("not_allowed", "This token is for one project only. Sign in to do this.");
  }
  if (permission === "installation.manage" && actor.access.user.role !== "admin") {
    throw new AppError("not_allowed", "Only administrators of this installation may do that.");
  }
}

/**
 * The one question of every service: may this actor do that here? A project they cannot see does not exist for them.
 * @throws AppError not_found (naming `what`) or not_allowed.
 */
export function requireAllowed(
  actor: Actor,
  permission: Permission,
  access: ProjectAccess | undefined,
  what: string,
): void {
  if (!access?.role) throw hidden(actor, what);
  const { role } = access;
  requireScope(actor, permission);
  actor.database.author.reading?.targets.push(access);
  const needed: ProjectRole | null = permissions[permission].role;
  if (needed && RANK[role] < RANK[needed]) {
    throw new AppError("not_allowed", `This needs the role ${needed} in the project; yours is ${role}.`, {
      details: { needed, role },
    });
  }
}

/**
 * The same question of an organisation. A token for one project reaches no organisation as such.
 * @returns the actor's role in it.
 * @throws AppError not_found or not_allowed.
 */
export function requireOrganization(actor: Actor, permission: Permission, id: number): OrganizationRole {
  const { role } = actor.access.organizations.find((each) => each.id === id) ?? {};
  if (!role || actor.onlyProject !== null) throw hidden(actor, "organization");
  requireScope(actor, permission);
  const { organization: needed = "member" }: Requirement = permissions[permission];
  if (exceeds(needed, role)) throw tooLittleInOrganization(needed, role);
  actor.database.author.reading?.targets.push({ organizationId: id, projectId: null });
  return role;
}

export function tooLittleInOrganization(needed: OrganizationRole, role: OrganizationRole): AppError {
  const message = `This needs the role ${needed} in the organisation; yours is ${role}.`;
  return new AppError("not_allowed", message, { details: { needed, role } });
}

/** Organisations in which the actor may make a project. */
export function foundableIn({ access, scopes, onlyProject }: Actor): number[] {
  const changes = (["write", "train", "admin"] as const).some((scope) => scopes.has(scope));
  if (onlyProject !== null || !changes || access.user.role === "read_only") return [];
  return access.organizations.map(({ id }) => id);
}

/** Whether the actor may act as an administrator of the installation here and now. */
export function isInstallationAdmin(actor: Actor): boolean {
  return actor.access.user.role === "admin" && actor.scopes.has("admin") && actor.onlyProject === null;
}

/**
 * What somebody cannot see does not exist; but whoever has an organisation withheld is told so, whatever they ask
 * for: nothing is looked at to tell one from the other, so nothing is given away.
 */
function hidden({ withheld }: Actor, what: string): AppError {
  const [first] = withheld;
  if (!first) return notFound(what);
  return new AppError(
    "two_factor_needed",
    `${first.name} asks its members for a second factor. Set one up in your account to see its projects.`,
  );
}

export function notFound(what: string): AppError {
  return new AppError("not_found", `There is no such ${what}, or you may not see it.`);
}
