import type pg from "pg";

type Db = Pick<pg.ClientBase, "query">;

/** A read that was told before, and how often it was repeated. */
export interface RepeatedRead {
  readonly organization: number;
  readonly project: number | null;
  readonly action: string;
  readonly subject: string | null;
  readonly count: number;
  readonly user: number | null;
  readonly credential: string | null;
  readonly ip: string | null;
}

export async function insertRepeated(accounts: Db, reads: readonly RepeatedRead[]): Promise<void> {
  await accounts.query("SELECT audit.note_repeated($1)", [JSON.stringify(reads)]);
}

/** How many entries one statement puts into order. */
export const SEQUENCED_AT_ONCE = 5_000;

/**
 * Puts waiting entries into order and returns how many.
 *
 * @param wait for another process that is doing so; else it is left to that one.
 */
export async function sequenceBatch(accounts: Db, { wait }: { wait: boolean }): Promise<number> {
  // Without a name, which PgBouncer before 1.21 does not keep: what takes time to plan is inside the function.
  const { rows } = await accounts.query("SELECT audit.sequence($1, $2) AS moved", [SEQUENCED_AT_ONCE, wait]);
  return rows[0].moved;
}

/** Seconds that the oldest entry has waited; 0 when none does. */
export async function oldestWaitSeconds(accounts: Db): Promise<number> {
  const { rows } = await accounts.query("SELECT audit.oldest_wait() AS seconds");
  return rows[0].seconds ?? 0;
}

/** Nobody should see an entry later than two seconds after its commit. */
const LATE_SECONDS = 30;

/** How long the oldest entry has waited where that is far too long, s; else null. */
export async function auditLateness(accounts: Db): Promise<number | null> {
  const waitedSeconds = await oldestWaitSeconds(accounts);
  return waitedSeconds > LATE_SECONDS ? Math.round(waitedSeconds) : null;
}
