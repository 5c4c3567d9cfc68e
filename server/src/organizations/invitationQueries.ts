import type { Invitation, InvitationPreview, OrganizationRole } from "@magtrace/contracts";
import { sql } from "kysely";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import { type AccountsDb, rows } from "../platform/database/inAccounts.ts";

interface InvitationRow {
  id: number;
  email: string;
  role: OrganizationRole;
  invited_by: string | null;
  created_at: Date;
  expires_at: Date;
}

function invitationOf({ created_at, expires_at, ...row }: InvitationRow): Invitation {
  return { ...row, created_at: created_at.toISOString(), expires_at: expires_at.toISOString() };
}

/** An invitation is good while whoever made it could still make it: it gives nobody what they have lost. */
const isGood = sql`i.status = 'pending' AND i.expires_at > now() AND EXISTS (
  SELECT FROM members m JOIN users u ON u.id = m.user_id JOIN organizations its ON its.id = m.organization_id
  WHERE m.organization_id = i.organization_id AND m.user_id = i.inviter_id
    AND (m.role = 'owner' OR (m.role = 'admin' AND i.role <> 'owner'))
    AND u.role <> 'read_only' AND (u.two_factor_enabled OR NOT its.require_two_factor)
    AND NOT coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false))`;

const invitationColumns = sql`i.id, i.email, i.role, i.created_at, i.expires_at,
  (SELECT name FROM users WHERE id = i.inviter_id) AS invited_by`;

export async function listInvitations(
  db: AccountsDb,
  organizationId: number,
  page: PageRequest,
): Promise<Page<Invitation>> {
  const { limit, offset } = pageBounds(page);
  const where = sql`WHERE i.organization_id = ${organizationId} AND ${isGood}`;
  const found = await rows<InvitationRow>(
    db,
    sql`SELECT ${invitationColumns} FROM invitations i ${where} ORDER BY i.id LIMIT ${limit} OFFSET ${offset}`,
  );
  const [counted] = await rows<{ total: number }>(
    db,
    sql`SELECT count(*) AS total FROM invitations i ${where}`,
  );
  return { rows: found.map(invitationOf), total: counted!.total };
}

export interface NewInvitation {
  readonly organizationId: number;
  readonly email: string;
  readonly role: OrganizationRole;
  readonly inviterId: number;
  readonly tokenHash: Buffer;
  readonly mailed: boolean;
}

const DAYS_GOOD = 7;

/** The one invitation of an address: an earlier one is good no longer. */
export async function putInvitation(db: AccountsDb, invitation: NewInvitation): Promise<Invitation> {
  await rows(
    db,
    sql`UPDATE invitations SET status = 'replaced'
        WHERE organization_id = ${invitation.organizationId} AND email = ${invitation.email} AND status = 'pending'`,
  );
  const [row] = await rows<InvitationRow>(
    db,
    sql`INSERT INTO invitations AS i (organization_id, email, role, status, expires_at, inviter_id, token_hash, mailed)
        VALUES (${invitation.organizationId}, ${invitation.email}, ${invitation.role}, 'pending',
                now() + ${DAYS_GOOD} * interval '1 day', ${invitation.inviterId}, ${invitation.tokenHash},
                ${invitation.mailed})
        RETURNING ${invitationColumns}`,
  );
  return invitationOf(row!);
}

/** What an address is invited to be, if it is just now. */
export async function invitedAs(
  db: AccountsDb,
  organizationId: number,
  email: string,
): Promise<OrganizationRole | undefined> {
  const [row] = await rows<{ role: OrganizationRole }>(
    db,
    sql`SELECT i.role FROM invitations i
        WHERE i.organization_id = ${organizationId} AND i.email = ${email} AND ${isGood}`,
  );
  return row?.role;
}

export async function isMember(db: AccountsDb, organizationId: number, email: string): Promise<boolean> {
  const found = await rows(
    db,
    sql`SELECT FROM members m JOIN users u ON u.id = m.user_id
        WHERE m.organization_id = ${organizationId} AND u.email = ${email}`,
  );
  return found.length > 0;
}

export async function revokeInvitation(
  db: AccountsDb,
  organizationId: number,
  id: number,
): Promise<OrganizationRole | undefined> {
  const [row] = await rows<{ role: OrganizationRole }>(
    db,
    sql`UPDATE invitations i SET status = 'revoked'
        WHERE i.id = ${id} AND i.organization_id = ${organizationId} AND i.status = 'pending' RETURNING i.role`,
  );
  return row?.role;
}

export interface GoodInvitation extends InvitationPreview {
  readonly organizationId: number;
  readonly mailed: boolean;
}

interface GoodRow {
  organization: string;
  email: string;
  role: OrganizationRole;
  expires_at: Date;
  organization_id: number;
  mailed: boolean;
}

export async function findInvitation(db: AccountsDb, tokenHash: Buffer): Promise<GoodInvitation | undefined> {
  const [row] = await rows<GoodRow>(
    db,
    sql`SELECT o.name AS organization, i.email, i.role, i.expires_at, i.organization_id, i.mailed
        FROM invitations i JOIN organizations o ON o.id = i.organization_id
        WHERE i.token_hash = ${tokenHash} AND ${isGood}`,
  );
  if (!row) return undefined;
  const { organization_id: organizationId, expires_at, ...shown } = row;
  return { ...shown, organizationId, expires_at: expires_at.toISOString() };
}

/** @returns false where it is not good any more: an invitation is used once. */
export async function useInvitation(db: AccountsDb, tokenHash: Buffer): Promise<boolean> {
  const used = await rows(
    db,
    sql`UPDATE invitations i SET status = 'accepted' WHERE i.token_hash = ${tokenHash} AND ${isGood} RETURNING i.id`,
  );
  return used.length === 1;
}

/** Whoever is a member already stays what they are. */
export async function join(
  db: AccountsDb,
  { organizationId, role }: GoodInvitation,
  userId: number,
): Promise<OrganizationRole> {
  await rows(
    db,
    sql`INSERT INTO members (organization_id, user_id, role) VALUES (${organizationId}, ${userId}, ${role})
        ON CONFLICT (organization_id, user_id) DO NOTHING`,
  );
  const [row] = await rows<{ role: OrganizationRole }>(
    db,
    sql`SELECT role FROM members WHERE organization_id = ${organizationId} AND user_id = ${userId}`,
  );
  return row!.role;
}

export async function setEmailVerified(db: AccountsDb, userId: number, verified: boolean): Promise<void> {
  await rows(db, sql`UPDATE users SET email_verified = ${verified} WHERE id = ${userId}`);
}
