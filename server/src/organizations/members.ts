import type { Organization, OrganizationMember, OrganizationRole } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { isInstallationAdmin, notFound, requireOrganization } from "../access/policy.ts";
import { addMember, requireRoomForOrganization } from "../accounts/service.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { type AccountsDb, inAccounts } from "../platform/database/inAccounts.ts";
import * as members from "./memberQueries.ts";
import { type Hand, requireAnotherOwner, requireRoleChange } from "./memberRules.ts";
import { readOrganization, userExists } from "./queries.ts";
import type { OrganizationsDeps } from "./service.ts";

export async function listMembers(
  { pool }: OrganizationsDeps,
  actor: Actor,
  id: number,
  page: PageRequest,
): Promise<Page<OrganizationMember>> {
  requireOrganization(actor, "organization.read", id);
  return inAccounts(pool, actor.database.author, (db) => members.listMembers(db, id, page));
}

interface Membership {
  readonly organizationId: number;
  readonly userId: number;
}

/** An administrator of the installation may so make anybody a member; everybody else invites. */
export async function setMember(
  { pool }: OrganizationsDeps,
  actor: Actor,
  { organizationId, userId }: Membership,
  role: OrganizationRole,
): Promise<OrganizationMember> {
  if (!isInstallationAdmin(actor)) requireOrganization(actor, "organization.members", organizationId);
  return inAccounts(pool, actor.database.author, async (db) => {
    const { roles, hand } = await lockedRoles(db, actor, { organizationId, userId });
    const from = roles.get(userId)?.role ?? null;
    requireRoleChange(hand, { from, to: role, isOwn: userId === actor.userId });
    if (from === null && !(await userExists(db, userId))) throw notFound("user");
    if (from === "owner" && role !== "owner") requireAnotherOwner(roles, userId);
    if (!from) await requireRoomForOrganization(db, userId);
    if (from !== role) await addMember(db, { organizationId, userId, role });
    return members.readMember(db, organizationId, userId);
  });
}

/** Removes somebody, or oneself: then it is leaving. Their places in the organisation's projects go with it. */
export async function removeMember(
  { pool }: OrganizationsDeps,
  actor: Actor,
  { organizationId, userId }: Membership,
): Promise<void> {
  const isOwn = userId === actor.userId;
  requireOrganization(actor, isOwn ? "organization.leave" : "organization.members", organizationId);
  await inAccounts(pool, actor.database.author, async (db) => {
    const { roles, hand } = await lockedRoles(db, actor, { organizationId, userId });
    const from = roles.get(userId)?.role ?? null;
    requireRoleChange(hand, { from, to: null, isOwn });
    if (from === "owner") requireAnotherOwner(roles, userId);
    await members.removeMember(db, organizationId, userId);
  });
}

/** Whoever gives ownership away stays an admin. */
export async function transferOwnership(
  { pool }: OrganizationsDeps,
  actor: Actor,
  { organizationId, userId }: Membership,
): Promise<Organization> {
  requireOrganization(actor, "organization.transfer", organizationId);
  if (userId === actor.userId)
    throw new AppError("conflict", "You are an owner already. Choose another member.");
  return inAccounts(pool, actor.database.author, async (db) => {
    const { roles } = await lockedRoles(db, actor, { organizationId, userId });
    if (roles.get(actor.userId)?.role !== "owner") {
      throw new AppError(
        "conflict",
        "You are not an owner of this organisation any longer, so you cannot transfer it. Ask one of its owners.",
      );
    }
    const heir = roles.get(userId);
    if (!heir) throw notFound("member");
    if (heir.disabled) {
      throw new AppError(
        "conflict",
        "This member's account is disabled, so they cannot own the organisation. Choose another member.",
      );
    }
    if (heir.readOnly) {
      throw new AppError(
        "conflict",
        "This member's account is read-only, so they cannot own the organisation. Choose another member, or ask an administrator to change their account.",
      );
    }
    await addMember(db, { organizationId, userId, role: "owner" });
    await addMember(db, { organizationId, userId: actor.userId, role: "admin" });
    return readOrganization(db, actor.userId, organizationId);
  });
}

/** What the actor knew of roles was read before the lock: somebody may have changed theirs meanwhile. */
async function lockedRoles(
  db: AccountsDb,
  actor: Actor,
  { organizationId, userId }: Membership,
): Promise<{ roles: ReadonlyMap<number, members.Standing>; hand: Hand }> {
  const roles = await members.lockRoles(db, organizationId, [actor.userId, userId]);
  const hand = isInstallationAdmin(actor) ? "installation" : roles?.get(actor.userId)?.role;
  if (!roles || !hand) throw notFound("organization");
  return { roles, hand };
}
