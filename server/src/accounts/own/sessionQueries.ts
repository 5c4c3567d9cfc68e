import { sql } from "kysely";
import { type AccountsDb, rows } from "../../platform/database/inAccounts.ts";

export interface SessionRow {
  id: number;
  ip_address: string | null;
  user_agent: string | null;
  created_at: Date;
  last_used_at: Date;
  expires_at: Date;
}

export async function listSessions(db: AccountsDb, userId: number): Promise<SessionRow[]> {
  return rows(
    db,
    sql`SELECT id, ip_address, user_agent, created_at, last_used_at, expires_at FROM sessions
        WHERE user_id = ${userId} AND expires_at > now() ORDER BY last_used_at DESC, id DESC`,
  );
}

export async function endSession(db: AccountsDb, userId: number, id: number): Promise<boolean> {
  const ended = await rows(
    db,
    sql`DELETE FROM sessions WHERE id = ${id} AND user_id = ${userId} RETURNING id`,
  );
  return ended.length === 1;
}

export async function endOtherSessions(db: AccountsDb, userId: number, kept: number | null): Promise<void> {
  await rows(db, sql`DELETE FROM sessions WHERE user_id = ${userId} AND id IS DISTINCT FROM ${kept}`);
}
