import type { OrganizationRole } from "@magtrace/contracts";

export interface OrganizationRights {
  /** Invite, set roles, remove, rename. */
  readonly mayManage: boolean;
  /** Make owners and hand ownership over. */
  readonly mayOwn: boolean;
}

export function rightsInOrganization(role: OrganizationRole | null, mayWrite: boolean): OrganizationRights {
  return {
    mayManage: mayWrite && (role === "owner" || role === "admin"),
    mayOwn: mayWrite && role === "owner",
  };
}

const ROLES: readonly OrganizationRole[] = ["owner", "admin", "member"];

/** Roles that may be given: nobody gives more than they have. */
export function rolesToGive({ mayManage, mayOwn }: OrganizationRights): readonly OrganizationRole[] {
  if (mayOwn) return ROLES;
  return mayManage ? ["admin", "member"] : [];
}

/** Whether somebody of that role may be given another one or be removed. */
export function mayChangeMember(rights: OrganizationRights, role: OrganizationRole): boolean {
  return rights.mayOwn || (rights.mayManage && role !== "owner");
}

export const ROLE_WORDS: Record<OrganizationRole, string> = {
  owner: "everything in the organisation and its projects, owners too",
  admin: "everything in its projects; invites, sets roles up to admin",
  member: "founds projects, and sees those they are let into",
};
