import type { OrganizationMember, OrganizationRole } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import { type AccountsDb, rows } from "../platform/database/inAccounts.ts";

interface MemberRow {
  user_id: number;
  name: string;
  email: string;
  role: OrganizationRole;
  two_factor: boolean;
  disabled: boolean;
  read_only: boolean;
  created_at: Date;
}

function memberOf({ user_id, created_at, read_only: _, ...row }: MemberRow): OrganizationMember {
  return { user: user_id, ...row, created_at: created_at.toISOString() };
}

const selectMembers: RawBuilder<MemberRow> = sql`
  SELECT m.user_id, u.name, u.email, m.role, coalesce(u.two_factor_enabled, false) AS two_factor,
    coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false) AS disabled,
    u.role = 'read_only' AS read_only, m.created_at
  FROM members m JOIN users u ON u.id = m.user_id`;

export async function listMembers(
  db: AccountsDb,
  organizationId: number,
  page: PageRequest,
): Promise<Page<OrganizationMember>> {
  const { limit, offset } = pageBounds(page);
  const found = await rows<MemberRow>(
    db,
    sql`${selectMembers} WHERE m.organization_id = ${organizationId}
        ORDER BY m.user_id LIMIT ${limit} OFFSET ${offset}`,
  );
  const [counted] = await rows<{ total: number }>(
    db,
    sql`SELECT count(*) AS total FROM members WHERE organization_id = ${organizationId}`,
  );
  return { rows: found.map(memberOf), total: counted!.total };
}

export async function readMember(
  db: AccountsDb,
  organizationId: number,
  userId: number,
): Promise<OrganizationMember> {
  const [row] = await rows<MemberRow>(
    db,
    sql`${selectMembers} WHERE m.organization_id = ${organizationId} AND m.user_id = ${userId}`,
  );
  return memberOf(row!);
}

/** What somebody is in an organisation. Whoever is disabled or read-only is there, and can change nothing. */
export interface Standing {
  readonly role: OrganizationRole;
  readonly disabled: boolean;
  readonly readOnly: boolean;
}

/**
 * Roles in an organisation as nobody can change them until the transaction ends: of `userIds`, and of all its owners.
 * @returns undefined where there is no such organisation.
 */
export async function lockRoles(
  db: AccountsDb,
  organizationId: number,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, Standing> | undefined> {
  // Weaker than FOR UPDATE: new projects and members refer to the row and need not wait.
  const found = await rows(db, sql`SELECT FROM organizations WHERE id = ${organizationId} FOR NO KEY UPDATE`);
  if (found.length === 0) return undefined;
  const standings = await rows<MemberRow>(
    db,
    sql`${selectMembers} WHERE m.organization_id = ${organizationId}
          AND (m.role = 'owner' OR m.user_id = ANY (${[...userIds]}::integer[]))`,
  );
  return new Map(
    standings.map(({ user_id, role, disabled, read_only: readOnly }) => [
      user_id,
      { role, disabled, readOnly },
    ]),
  );
}

export async function removeMember(db: AccountsDb, organizationId: number, userId: number): Promise<void> {
  await rows(db, sql`DELETE FROM members WHERE organization_id = ${organizationId} AND user_id = ${userId}`);
}
