import type { InstallationRole, User } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import { type AccountsDb, rows } from "../../platform/database/inAccounts.ts";

type UserRow = Omit<User, "created_at" | "last_seen_at"> & { created_at: Date; last_seen_at: Date | null };

function userOf({ created_at, last_seen_at, ...row }: UserRow): User {
  return {
    ...row,
    created_at: created_at.toISOString(),
    last_seen_at: last_seen_at?.toISOString() ?? null,
  };
}

const isDisabled = sql`coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false)`;

const selectUsers: RawBuilder<UserRow> = sql`
  SELECT u.id, u.name, u.email, u.email_verified, u.role, ${isDisabled} AS disabled,
    coalesce(u.two_factor_enabled, false) AS two_factor, u.created_at,
    greatest((SELECT max(last_used_at) FROM sessions WHERE user_id = u.id),
             (SELECT max(last_used_at) FROM api_tokens WHERE user_id = u.id)) AS last_seen_at,
    coalesce((SELECT jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', m.role) ORDER BY o.id)
      FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = u.id), '[]') AS organizations
  FROM users u`;

/** Those whose name or address contains `search`, whatever its case. */
export async function listUsers(
  db: AccountsDb,
  { search = "", ...page }: PageRequest & { search?: string },
): Promise<Page<User>> {
  const { limit, offset } = pageBounds(page);
  const where = sql`WHERE strpos(lower(u.name), lower(${search})) > 0 OR strpos(u.email, lower(${search})) > 0`;
  const found = await rows<UserRow>(
    db,
    sql`${selectUsers} ${where} ORDER BY u.id LIMIT ${limit} OFFSET ${offset}`,
  );
  const [counted] = await rows<{ total: number }>(db, sql`SELECT count(*) AS total FROM users u ${where}`);
  return { rows: found.map(userOf), total: counted!.total };
}

export async function readUser(db: AccountsDb, id: number): Promise<User | undefined> {
  const [row] = await rows<UserRow>(db, sql`${selectUsers} WHERE u.id = ${id}`);
  return row && userOf(row);
}

/**
 * Held to the end of the transaction: administrators are changed one after the other.
 * @returns those who can act as one now.
 */
export async function lockAdmins(db: AccountsDb): Promise<ReadonlySet<number>> {
  await rows(db, sql`SELECT pg_advisory_xact_lock(7203114003)`);
  const admins = await rows<{ id: number }>(
    db,
    sql`SELECT u.id FROM users u WHERE u.role = 'admin' AND NOT ${isDisabled}`,
  );
  return new Set(admins.map(({ id }) => id));
}

export async function setRole(db: AccountsDb, id: number, role: InstallationRole): Promise<void> {
  await rows(db, sql`UPDATE users SET role = ${role}, updated_at = now() WHERE id = ${id}`);
}

export async function endSessions(db: AccountsDb, userId: number): Promise<void> {
  await rows(db, sql`DELETE FROM sessions WHERE user_id = ${userId}`);
}
