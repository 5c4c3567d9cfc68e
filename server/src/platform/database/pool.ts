import pg from "pg";
import { AppError } from "../../errors.ts";

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

// timestamptz. The library's own parser takes any date style, and four times as long.
const TIMESTAMPTZ = 1184;
const parseAnyTimestamp = pg.types.getTypeParser(TIMESTAMPTZ, "text");
const USUAL_TIMESTAMP = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00$/;
pg.types.setTypeParser(TIMESTAMPTZ, (text) =>
  USUAL_TIMESTAMP.test(text)
    ? new Date(`${text.slice(0, 10)}T${text.slice(11, -3)}Z`)
    : parseAnyTimestamp(text),
);

export interface PoolOptions {
  readonly url: string;
  readonly size: number;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** Whether its connections may keep plans; see DATABASE_PREPARED_STATEMENTS. */
  readonly prepares?: boolean;
  /** A broken idle connection is replaced by the pool; this is for the log. */
  readonly onIdleError?: (error: Error) => void;
}

const keepers = new WeakSet<object>();

/** Whether plans may be kept on this connection, under names. */
export function keepsPlans(client: object): boolean {
  return keepers.has(client);
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
  if (prepares) pool.on("connect", (client) => keepers.add(client));
  pool.on("error", (error) => onIdleError?.(error));
  pool.on("connect", (client) => client.on("error", (error) => refuseQueries(client, error)));
  return pool;
}

/** @throws AppError dependency_unavailable where there is none to be had. */
export async function connectTo(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw new AppError("dependency_unavailable", "The database does not answer. Try again in a moment.", {
      cause,
    });
  }
}

/** SQLSTATE connection_failure. */
const CONNECTION_FAILURE = "08006";

/**
 * A connection that breaks between two statements emits an error event, which ends the process where nobody listens.
 * Here it fails the next statement instead, and so the transaction. The pool throws the connection away by itself.
 */
function refuseQueries(client: pg.PoolClient, error: Error): void {
  // The statement under way, if there is one, is failed with this very error.
  if (!("code" in error)) Object.assign(error, { code: CONNECTION_FAILURE });
  const refused = () =>
    new AppError("dependency_unavailable", "The database does not answer. Try again in a moment.", {
      cause: error,
    });
  const query = (...given: unknown[]): Promise<never> | undefined => {
    const callback = given.at(-1);
    if (typeof callback !== "function") return Promise.reject(refused());
    process.nextTick(() => callback(refused()));
    return undefined;
  };
  Object.assign(client, { query });
}
