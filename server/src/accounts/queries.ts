import { type RawBuilder, sql } from "kysely";
import { AppError } from "../errors.ts";
import { type AccountsDb, rows } from "../platform/database/inAccounts.ts";
import { endVerifications } from "./signIn/verifications.ts";

export interface TokenRow {
  id: number;
  user_id: number;
  name: string;
  prefix: string;
  scopes: string[];
  project_id: number | null;
  expires_at: Date | null;
  last_used_at: Date | null;
  created_at: Date;
}

export interface NewToken {
  readonly userId: number;
  readonly name: string;
  readonly prefix: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly projectId: number | null;
  readonly expiresAt: Date | null;
  /** The token it is made with, and ends with. */
  readonly madeWith: number | null;
}

/** Held to the end of the transaction: somebody's tokens are made and revoked one after the other. */
export async function lockTokensOf(db: AccountsDb, userId: number): Promise<void> {
  await rows(db, sql`SELECT FROM users WHERE id = ${userId} FOR NO KEY UPDATE`);
}

export async function insertToken(db: AccountsDb, token: NewToken): Promise<TokenRow> {
  const [row] = await rows<TokenRow>(
    db,
    sql`INSERT INTO api_tokens (user_id, name, prefix, hash, scopes, project_id, expires_at, made_with)
        VALUES (${token.userId}, ${token.name}, ${token.prefix}, ${Buffer.from(token.hash)}, ${[...token.scopes]},
                ${token.projectId}, ${token.expiresAt}, ${token.madeWith}) RETURNING *`,
  );
  return row!;
}

/** When a token ends by itself, null for never; undefined where it has ended. */
export async function tokenExpiry(db: AccountsDb, id: number): Promise<Date | null | undefined> {
  const [row] = await rows<{ expires_at: Date | null }>(
    db,
    sql`SELECT expires_at FROM api_tokens
        WHERE id = ${id} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
  );
  return row?.expires_at;
}

export async function countLiveTokens(db: AccountsDb, userId: number): Promise<number> {
  const [row] = await rows<{ live: number }>(
    db,
    sql`SELECT count(*) AS live FROM api_tokens
        WHERE user_id = ${userId} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
  );
  return row!.live;
}

/** Whose tokens; of a token for one project only those for that one, itself among them. */
interface TokenHolder {
  readonly userId: number;
  readonly onlyProject: number | null;
}

function isHeldBy({ userId, onlyProject }: TokenHolder): RawBuilder<unknown> {
  const within = onlyProject === null ? sql`true` : sql`project_id = ${onlyProject}`;
  return sql`user_id = ${userId} AND revoked_at IS NULL AND ${within}`;
}

export async function listTokens(db: AccountsDb, holder: TokenHolder): Promise<TokenRow[]> {
  return rows(db, sql`SELECT * FROM api_tokens WHERE ${isHeldBy(holder)} ORDER BY id`);
}

/** With all that was made with it, and with these. */
export async function revokeToken(db: AccountsDb, holder: TokenHolder, id: number): Promise<boolean> {
  const revoked = await rows(
    db,
    sql`WITH RECURSIVE ending AS (
          SELECT id FROM api_tokens WHERE id = ${id} AND ${isHeldBy(holder)}
          UNION SELECT t.id FROM api_tokens t JOIN ending ON t.made_with = ending.id)
        UPDATE api_tokens SET revoked_at = now()
        WHERE id IN (SELECT id FROM ending) AND revoked_at IS NULL RETURNING id`,
  );
  return revoked.length > 0;
}

export interface UserRow {
  id: number;
  name: string;
  email: string;
  role: string;
}

export async function findUser(db: AccountsDb, email: string): Promise<UserRow | undefined> {
  return (
    await rows<UserRow>(db, sql`SELECT id, name, email, role FROM users WHERE email = ${email.toLowerCase()}`)
  )[0];
}

export async function anyAdminExists(db: AccountsDb): Promise<boolean> {
  const [row] = await rows<{ found: boolean }>(
    db,
    sql`SELECT EXISTS (SELECT FROM users WHERE role = 'admin') AS found`,
  );
  return row?.found === true;
}

/** Held to the end of the transaction: only one first administrator can be made. */
export async function lockSetup(db: AccountsDb): Promise<void> {
  await rows(db, sql`SELECT pg_advisory_xact_lock(7203114002)`);
}

export async function insertUser(
  db: AccountsDb,
  user: { name: string; email: string; role: string; passwordHash: string },
): Promise<UserRow> {
  const [row] = await rows<UserRow>(
    db,
    sql`INSERT INTO users (name, email, email_verified, role)
        VALUES (${user.name}, ${user.email.toLowerCase()}, true, ${user.role}) RETURNING id, name, email, role`,
  );
  await setPasswordHash(db, row!.id, user.passwordHash);
  return row!;
}

/** Also ends every session of the user, and what leads to one. */
export async function setPasswordHash(db: AccountsDb, userId: number, hash: string): Promise<void> {
  await rows(
    db,
    sql`INSERT INTO credentials (account_id, provider_id, user_id, password, updated_at)
        VALUES (${String(userId)}, 'credential', ${userId}, ${hash}, now())
        ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password, updated_at = now()`,
  );
  await rows(db, sql`DELETE FROM sessions WHERE user_id = ${userId}`);
  await endVerifications(db, userId);
}

/** Also ends every session of the user. */
export async function removeTwoFactor(db: AccountsDb, userId: number): Promise<void> {
  await rows(db, sql`DELETE FROM two_factors WHERE user_id = ${userId}`);
  await rows(db, sql`UPDATE users SET two_factor_enabled = false, updated_at = now() WHERE id = ${userId}`);
  await rows(db, sql`DELETE FROM sessions WHERE user_id = ${userId}`);
}

/** A disabled account's sessions and links end at once; its tokens are refused while it is disabled. */
export async function setDisabled(db: AccountsDb, userId: number, disabled: boolean): Promise<void> {
  await rows(db, sql`UPDATE users SET banned = ${disabled}, updated_at = now() WHERE id = ${userId}`);
  if (!disabled) return;
  await rows(db, sql`DELETE FROM sessions WHERE user_id = ${userId}`);
  await endVerifications(db, userId);
}

export async function insertOrganization(db: AccountsDb, name: string, ownerId: number): Promise<number> {
  await requireRoomForOrganization(db, ownerId);
  const slug = `${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "") || "organization"
  }-${ownerId}`;
  const [row] = await rows<{ id: number }>(
    db,
    sql`INSERT INTO organizations (name, slug) VALUES (${name}, ${slug}) RETURNING id`,
  );
  await addMember(db, { organizationId: row!.id, userId: ownerId, role: "owner" });
  return row!.id;
}

/** Every ticket names its user's organisations, and every request shows one: so many are no burden to anybody. */
export const MOST_ORGANIZATIONS = 100;

/** Refuses one organisation more than an account may be in. */
export async function requireRoomForOrganization(db: AccountsDb, userId: number): Promise<void> {
  const [row] = await rows<{ joined: number }>(
    db,
    sql`SELECT count(*) AS joined FROM members WHERE user_id = ${userId}`,
  );
  if (row!.joined < MOST_ORGANIZATIONS) return;
  throw new AppError(
    "conflict",
    `This account is a member of ${MOST_ORGANIZATIONS} organisations, the most there can be. Leave one before you join another.`,
  );
}

export async function addMember(
  db: AccountsDb,
  member: { organizationId: number; userId: number; role: string },
): Promise<void> {
  await rows(
    db,
    sql`INSERT INTO members (organization_id, user_id, role)
        VALUES (${member.organizationId}, ${member.userId}, ${member.role})
        ON CONFLICT (organization_id, user_id) DO UPDATE SET role = excluded.role`,
  );
}

export async function findOrganization(
  db: AccountsDb,
  name: string | null,
): Promise<{ id: number } | undefined> {
  const found = await rows<{ id: number }>(
    db,
    name === null
      ? sql`SELECT id FROM organizations ORDER BY id LIMIT 1`
      : sql`SELECT id FROM organizations WHERE name = ${name} ORDER BY id LIMIT 1`,
  );
  return found[0];
}
