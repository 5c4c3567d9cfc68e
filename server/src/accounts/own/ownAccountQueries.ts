import { sql } from "kysely";
import { type AccountsDb, rows } from "../../platform/database/inAccounts.ts";

export async function renameUser(db: AccountsDb, userId: number, name: string): Promise<void> {
  await rows(db, sql`UPDATE users SET name = ${name}, updated_at = now() WHERE id = ${userId}`);
}

/** The hash of a user's password, or null where they sign in elsewhere only. */
export async function passwordHashOf(db: AccountsDb, userId: number): Promise<string | null> {
  const [row] = await rows<{ password: string | null }>(
    db,
    sql`SELECT password FROM credentials WHERE user_id = ${userId} AND provider_id = 'credential'`,
  );
  return row?.password ?? null;
}

export async function sessionAgeSeconds(db: AccountsDb, sessionId: number): Promise<number> {
  const [row] = await rows<{ age: number }>(
    db,
    sql`SELECT extract(epoch FROM now() - created_at)::float AS age FROM sessions WHERE id = ${sessionId}`,
  );
  return row?.age ?? Number.POSITIVE_INFINITY;
}

/**
 * Organisations with other members that this user is the last owner of. Whoever changes members of any of this user's
 * organisations waits until the transaction ends: two owners who leave at once cannot each count on the other, nor does
 * ownership go to somebody who is about to be gone.
 */
export async function lockOwnedAlone(
  db: AccountsDb,
  userId: number,
): Promise<{ id: number; name: string }[]> {
  await rows(
    db,
    sql`SELECT FROM organizations WHERE id IN (SELECT organization_id FROM members WHERE user_id = ${userId})
        ORDER BY id FOR NO KEY UPDATE`,
  );
  return rows(
    db,
    sql`SELECT o.id, o.name FROM organizations o JOIN members me ON me.organization_id = o.id AND me.user_id = ${userId}
        WHERE me.role = 'owner'
          AND EXISTS (SELECT FROM members m WHERE m.organization_id = o.id AND m.user_id <> ${userId})
          AND NOT EXISTS (SELECT FROM members m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = o.id AND m.user_id <> ${userId} AND m.role = 'owner'
              AND u.role <> 'read_only' AND NOT coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false))
        ORDER BY o.id`,
  );
}

export async function deleteUser(db: AccountsDb, userId: number): Promise<void> {
  await rows(db, sql`DELETE FROM users WHERE id = ${userId}`);
}

/** Everything kept about a person, without what their credentials are made of. */
export async function readEverything(db: AccountsDb, userId: number): Promise<Record<string, unknown>> {
  const [row] = await rows<{ everything: Record<string, unknown> }>(
    db,
    sql`SELECT jsonb_build_object(
      'account', (SELECT to_jsonb(u) FROM (SELECT id, name, email, email_verified, role, two_factor_enabled,
          coalesce(banned, false) AS disabled, created_at, updated_at FROM users WHERE id = ${userId}) u),
      'sign_in', (SELECT coalesce(jsonb_agg(jsonb_build_object('by', provider_id, 'account', account_id,
          'since', created_at, 'changed_at', updated_at) ORDER BY id), '[]') FROM credentials WHERE user_id = ${userId}),
      'sessions', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'ip_address', ip_address,
          'user_agent', user_agent, 'created_at', created_at, 'last_used_at', last_used_at,
          'expires_at', expires_at) ORDER BY id), '[]') FROM sessions WHERE user_id = ${userId}),
      'tokens', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'prefix', prefix,
          'scopes', scopes, 'project', project_id, 'created_at', created_at, 'last_used_at', last_used_at,
          'expires_at', expires_at, 'revoked_at', revoked_at) ORDER BY id), '[]')
        FROM api_tokens WHERE user_id = ${userId}),
      'organizations', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', m.role,
          'since', m.created_at) ORDER BY o.id), '[]')
        FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = ${userId}),
      'projects', accounts.access_of(${userId}) -> 'projects',
      'invitations_made', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'organization', organization_id,
          'email', email, 'role', role, 'status', status, 'created_at', created_at) ORDER BY id), '[]')
        FROM invitations WHERE inviter_id = ${userId}),
      'made', accounts.made_by(${userId})) AS everything`,
  );
  return row!.everything;
}
