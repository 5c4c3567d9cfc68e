import { LRUCache } from "lru-cache";
import type pg from "pg";
import type { Log } from "../../logs/log.ts";

/** One object is noted so often at most, whoever asks for it. */
const NOTED_FOR_MS = 5 * 60_000;
const MOST_REMEMBERED = 1_000;

/** Notes objects that could not be read for what they are. Never fails: whoever reads has a fault of their own to tell. */
export function notesOfUnreadable(pool: pg.Pool, log: Log): (key: string) => void {
  const noted = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: NOTED_FOR_MS });
  return (key) => {
    if (noted.has(key)) return;
    noted.set(key, true);
    log.warn({ object_key: key }, "a stored file could not be read; a check will look at it");
    const text = "INSERT INTO objects.unreadable (key) VALUES ($1) ON CONFLICT DO NOTHING";
    pool.query(text, [key]).catch((error: unknown) => {
      noted.delete(key);
      log.warn({ err: error, object_key: key }, "an unreadable file could not be noted");
    });
  };
}

/** The oldest ones. */
export async function listUnreadable(pool: pg.Pool, most: number): Promise<string[]> {
  const text = "SELECT key FROM objects.unreadable ORDER BY met_at, key LIMIT $1";
  const { rows } = await pool.query<{ key: string }>(text, [most]);
  return rows.map(({ key }) => key);
}

/** Somebody has looked at them. */
export async function forgetUnreadable(pool: pg.Pool, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await pool.query("DELETE FROM objects.unreadable WHERE key = ANY ($1)", [keys]);
}
