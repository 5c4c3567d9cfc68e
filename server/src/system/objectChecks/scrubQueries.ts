import type pg from "pg";

/** How far the scrub is. */
export interface ScrubState {
  /** The last object that was read; empty at a round's beginning. */
  readonly afterKey: string;
  readonly lastRoundEndedAt: Date | null;
}

export async function readScrub(pool: Pick<pg.ClientBase, "query">): Promise<ScrubState> {
  const { rows } = await pool.query(
    `INSERT INTO objects.scrub DEFAULT VALUES ON CONFLICT (only_one) DO UPDATE SET at = now()
     RETURNING after_key, last_round_ended_at`,
  );
  const [row] = rows;
  return {
    afterKey: row.after_key,
    lastRoundEndedAt: row.last_round_ended_at,
  };
}

/** @param more Objects and bytes since it was last written. */
export async function writeScrub(
  pool: pg.Pool,
  { afterKey, ...more }: { afterKey: string; objects: number; bytes: number },
): Promise<void> {
  await pool.query(
    "UPDATE objects.scrub SET after_key = $1, objects = objects + $2, bytes = bytes + $3, at = now()",
    [afterKey, more.objects, more.bytes],
  );
}

/** Everything was read once, and it begins anew. */
export async function endRound(pool: pg.Pool): Promise<void> {
  await pool.query(
    `UPDATE objects.scrub SET after_key = '', objects = 0, bytes = 0, round_began_at = now(),
       last_round_ended_at = now()`,
  );
}

export async function bytesStored(pool: pg.Pool): Promise<number> {
  const text = "SELECT coalesce(sum(size), 0)::bigint AS bytes FROM objects.stored WHERE state = 'committed'";
  const { rows } = await pool.query<{ bytes: number }>(text);
  return rows[0]?.bytes ?? 0;
}
