import type pg from "pg";

/** Where new objects are written; null until a move has said so. */
export async function currentPlace(db: Pick<pg.ClientBase, "query">): Promise<string | null> {
  const { rows } = await db.query<{ name: string }>("SELECT name FROM objects.place");
  return rows[0]?.name ?? null;
}

/** What a move remembers, so that it can be stopped at any point. */
export interface MoveRecord {
  /** From now on every process writes there. Beginning again with the same place goes on. */
  begin(name: string): Promise<void>;
  /** Those of `keys` whose copy was found right. */
  moved(keys: readonly string[]): Promise<Set<string>>;
  record(key: string, sha256: Uint8Array): Promise<void>;
  /** Objects that began to be written before the move did, and have not ended: they may still arrive at the old place. */
  countUnfinished(): Promise<number>;
}

export function databaseMoveRecord(pool: pg.Pool): MoveRecord {
  return {
    async begin(name) {
      // One statement, so that what was moved is forgotten with the place it was moved to.
      await pool.query(
        `WITH set AS (
           INSERT INTO objects.place (name) VALUES ($1)
           ON CONFLICT (only_one) DO UPDATE SET name = $1, since = now() WHERE place.name <> $1
           RETURNING 1)
         DELETE FROM objects.moved WHERE EXISTS (SELECT FROM set)`,
        [name],
      );
    },
    async moved(keys) {
      const text = "SELECT key FROM objects.moved WHERE key = ANY($1)";
      const { rows } = await pool.query<{ key: string }>(text, [keys]);
      return new Set(rows.map(({ key }) => key));
    },
    async record(key, sha256) {
      const text = "INSERT INTO objects.moved (key, sha256) VALUES ($1, $2) ON CONFLICT DO NOTHING";
      await pool.query(text, [key, Buffer.from(sha256)]);
    },
    async countUnfinished() {
      const { rows } = await pool.query<{ n: number }>(
        `SELECT count(*)::integer AS n FROM objects.stored, objects.place
         WHERE state = 'writing' AND changed_at <= since`,
      );
      return rows[0]?.n ?? 0;
    },
  };
}
