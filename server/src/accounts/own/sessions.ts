import type { Session } from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../../access/actor.ts";
import { notFound } from "../../access/policy.ts";
import { inAccounts } from "../../platform/database/inAccounts.ts";
import * as queries from "./sessionQueries.ts";

interface SessionDeps {
  readonly pool: pg.Pool;
}

export async function listOwnSessions({ pool }: SessionDeps, actor: Actor): Promise<Session[]> {
  const current = ownSession(actor);
  const found = await queries.listSessions(pool, actor.userId);
  return found.map((row) => ({
    id: row.id,
    current: row.id === current,
    ip_address: row.ip_address || null,
    user_agent: row.user_agent || null,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at.toISOString(),
    expires_at: row.expires_at.toISOString(),
  }));
}

/** Ended from the next request on: every request looks its session up. */
export async function endOwnSession({ pool }: SessionDeps, actor: Actor, id: number): Promise<void> {
  const ended = await inAccounts(pool, actor.database.author, (db) =>
    queries.endSession(db, actor.userId, id),
  );
  if (!ended) throw notFound("session");
}

/** All but the one that asks; all of them, when a token asks. */
export async function endOtherSessions({ pool }: SessionDeps, actor: Actor): Promise<void> {
  await inAccounts(pool, actor.database.author, (db) =>
    queries.endOtherSessions(db, actor.userId, ownSession(actor)),
  );
}

function ownSession({ credential }: Actor): number | null {
  const lasting = credential.kind === "jwt" ? credential.of : credential;
  return lasting.kind === "session" ? lasting.sessionId : null;
}
