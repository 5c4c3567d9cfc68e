import pg from "pg";

/** Identities and counts are bigint in SQL and stay below 2⁵³: they are numbers here. */
function integerFromText(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`an int8 beyond 2^53: ${text}`);
  return value;
}
// int8 and its array; the types' names of the library lack the second.
const [INT8, INT8_ARRAY] = [20, 1016] as Parameters<typeof pg.types.setTypeParser>[0][];
pg.types.setTypeParser(INT8, integerFromText);
pg.types.setTypeParser(INT8_ARRAY, (text) =>
  text === "{}" ? [] : text.slice(1, -1).split(",").map(integerFromText),
);

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Whether its connections may keep plans; see DATABASE_PREPARED_STATEMENTS. */
  readonly prepares?: boolean;
  /** A broken idle connection is replaced by the pool; this only tells of it. */
  readonly onIdleError?: (error: Error) => void;
}

const preparing = new WeakSet<pg.Pool>();

export function mayPrepare(pool: pg.Pool): boolean {
  return preparing.has(pool);
}

export function createPool({ url, size, name, prepares = false, onIdleError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  if (prepares) preparing.add(pool);
  pool.on("error", (error) => onIdleError?.(error));
  // One that breaks while it is in use fails the statement under way; unheard, it would end the process besides.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}
