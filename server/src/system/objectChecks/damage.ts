import type pg from "pg";

/** An object that a check found damaged or missing, and that nobody has found whole since. */
export interface Damage {
  readonly key: string;
  readonly fault: string;
  readonly organizationId: number | null;
  readonly foundAt: Date;
}

const LONGEST_FAULT = 2_000;
const MOST_KNOWN = 10_000;

/** True where it was not known before. */
export async function recordDamage(
  pool: pg.Pool,
  { key, fault, organizationId }: Omit<Damage, "foundAt">,
): Promise<boolean> {
  const { rows } = await pool.query<{ is_new: boolean }>(
    `INSERT INTO objects.damage (key, fault, organization_id) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE SET fault = $2, organization_id = coalesce($3, damage.organization_id), seen_at = now()
     RETURNING xmax = 0 AS is_new`,
    [key, fault.slice(0, LONGEST_FAULT), organizationId],
  );
  return rows[0]?.is_new === true;
}

/** What was read whole, or is no longer there for anybody. */
export async function forgetDamage(pool: pg.Pool, keys: readonly string[]): Promise<void> {
  if (keys.length > 0) await pool.query("DELETE FROM objects.damage WHERE key = ANY ($1)", [keys]);
}

/** Keys of what is recorded as damaged already, of more than a check would ever find. */
export async function knownDamage(pool: pg.Pool): Promise<Set<string>> {
  return new Set((await listDamage(pool, MOST_KNOWN)).damages.map(({ key }) => key));
}

/** The oldest ones, and how many there are. */
export async function listDamage(
  pool: Pick<pg.ClientBase, "query">,
  most: number,
): Promise<{ damages: Damage[]; total: number }> {
  const { rows } = await pool.query(
    `SELECT key, fault, organization_id, found_at, count(*) OVER () AS total FROM objects.damage
     ORDER BY found_at, key LIMIT $1`,
    [most],
  );
  const damages = rows.map(
    (row): Damage => ({
      key: row.key,
      fault: row.fault,
      organizationId: row.organization_id,
      foundAt: row.found_at,
    }),
  );
  return { damages, total: rows[0]?.total ?? 0 };
}

/** How many there are, at most `most`. */
export async function countDamage(pool: pg.Pool, most: number): Promise<number> {
  const text = "SELECT count(*)::int AS count FROM (SELECT FROM objects.damage LIMIT $1) AS found";
  const { rows } = await pool.query<{ count: number }>(text, [most]);
  return rows[0]!.count;
}
