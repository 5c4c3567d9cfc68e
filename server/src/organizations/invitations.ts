import { createHash, randomBytes } from "node:crypto";
import type { CreatedInvitation, CreateInvitation, Invitation } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { exceeds, notFound, requireOrganization, tooLittleInOrganization } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { inAccounts } from "../platform/database/inAccounts.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import { invitationMail } from "./invitationMail.ts";
import * as queries from "./invitationQueries.ts";
import { lockRoles } from "./memberQueries.ts";
import type { OrganizationsDeps } from "./service.ts";

export interface InvitationsDeps extends OrganizationsDeps {
  readonly mail: Pick<Mailer, "queueMail"> | null;
  /** Address users type. */
  readonly publicOrigin: () => string;
}

/** More than any team waits for, and too few for sending mails to the world. */
const MOST_PENDING = 200;

export function hashOfInvitation(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/**
 * Whether the address has an account is not looked at, so neither answer nor time can tell. The link goes to the
 * address alone; where no mail can be sent, to the inviter, once.
 */
export async function invite(
  { pool, mail, publicOrigin }: InvitationsDeps,
  actor: Actor,
  organizationId: number,
  { email: given, role }: CreateInvitation,
): Promise<CreatedInvitation> {
  requireOrganization(actor, "organization.members", organizationId);
  const email = given.toLowerCase();
  const token = randomBytes(32).toString("base64url");
  const link = `${publicOrigin()}/app/invitation?token=${token}`;
  const invitation = await inAccounts(pool, actor.database.author, async (db) => {
    const roles = await lockRoles(db, organizationId, [actor.userId]);
    const own = roles?.get(actor.userId)?.role;
    if (!own) throw notFound("organization");
    if (own === "member") throw tooLittleInOrganization("admin", own);
    if (exceeds(role, own)) throw tooLittleInOrganization(role, own);
    if (await queries.isMember(db, organizationId, email)) {
      throw new AppError("conflict", `${email} is a member already. Change their role instead.`);
    }
    // Inviting again revokes what was there, and so asks for the same right.
    const invitedAs = await queries.invitedAs(db, organizationId, email);
    if (invitedAs && exceeds(invitedAs, own)) throw tooLittleInOrganization(invitedAs, own);
    const { total } = await queries.listInvitations(db, organizationId, { limit: 1 });
    if (total >= MOST_PENDING) {
      throw new AppError(
        "conflict",
        `${MOST_PENDING} invitations are waiting for an answer. Revoke one that is not needed.`,
      );
    }
    const tokenHash = hashOfInvitation(token);
    const inviterId = actor.userId;
    const made = await queries.putInvitation(db, {
      organizationId,
      email,
      role,
      inviterId,
      tokenHash,
      mailed: mail !== null,
    });
    const { name: organization } = actor.access.organizations.find(({ id }) => id === organizationId)!;
    const letter = { to: email, organization, invitedBy: actor.access.user.name, link };
    await mail?.queueMail(db, invitationMail(letter));
    return made;
  });
  return { ...invitation, link: mail ? null : link };
}

export async function listInvitations(
  { pool }: OrganizationsDeps,
  actor: Actor,
  organizationId: number,
  page: PageRequest,
): Promise<Page<Invitation>> {
  requireOrganization(actor, "organization.members", organizationId);
  return inAccounts(pool, actor.database.author, (db) => queries.listInvitations(db, organizationId, page));
}

export async function revokeInvitation(
  { pool }: OrganizationsDeps,
  actor: Actor,
  organizationId: number,
  id: number,
): Promise<void> {
  const own = requireOrganization(actor, "organization.members", organizationId);
  await inAccounts(pool, actor.database.author, async (db) => {
    const role = await queries.revokeInvitation(db, organizationId, id);
    if (!role) throw notFound("invitation");
    if (exceeds(role, own)) throw tooLittleInOrganization(role, own);
  });
}
