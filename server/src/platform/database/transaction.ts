import { createHash } from "node:crypto";
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from "kysely";
import type pg from "pg";
import { AppError } from "../../errors.ts";
import { type Author, noAuthor } from "../author.ts";
import { authorSetting, commitWithAudit } from "./auditStatements.ts";
import { mayPrepare } from "./pool.ts";

/** What a transaction may see and change; row-level security holds every statement to it. */
export interface Reach {
  readonly userId: number | null;
  /** For the audit: by whose hand. */
  readonly author: Author;
  /** Every organisation of the asker: whose people's names may be read. */
  readonly organizations: readonly number[];
  /** Organisations all of whose projects may be read. */
  readonly ownedOrganizations: readonly number[];
  /** Organisations all of whose projects may be written. */
  readonly writableOrganizations: readonly number[];
  /** Organisations in which a project may be made. */
  readonly foundingOrganizations: readonly number[];
  readonly readableProjects: readonly number[];
  readonly writableProjects: readonly number[];
  /** Projects whose members may be set, and which may be deleted; those of `writableOrganizations` besides. */
  readonly ownedProjects: readonly number[];
  /** Organisations and projects whose audit may be read; only the audit's own service names any. 0: the installation. */
  readonly auditedOrganizations?: readonly number[];
  readonly auditedProjects?: readonly number[];
}

export const noReach: Reach = {
  userId: null,
  author: noAuthor,
  organizations: [],
  ownedOrganizations: [],
  writableOrganizations: [],
  foundingOrganizations: [],
  readableProjects: [],
  writableProjects: [],
  ownedProjects: [],
};

/** The statements of one transaction, one after the other. */
export interface Transaction {
  readonly author: Author;
  rows<Row>(query: RawBuilder<Row>): Promise<Row[]>;
  /** The only row, or undefined. */
  row<Row>(query: RawBuilder<Row>): Promise<Row | undefined>;
  /** The only row; its absence is a fault of the program's. */
  one<Row>(query: RawBuilder<Row>): Promise<Row>;
  /** Runs a statement and returns how many rows it touched. */
  run(query: RawBuilder<unknown>): Promise<number>;
  /** Widens the rest of this transaction to a project it has just founded. */
  reachProject(projectId: number): Promise<void>;
  /** To be called first: from here on the transaction sees the database as it is now, and cannot change it. */
  readOnlySnapshot(): Promise<void>;
  /** Runs pg-boss's statements in this transaction as the queue role. */
  executeAsQueue(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Compiles `sql` templates; never connects. */
const compiler = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export function compile(query: RawBuilder<unknown>): CompiledQuery<unknown> {
  return query.compile(compiler);
}

/** Each is a `SET LOCAL`: it ends with the transaction, so connections can be shared through PgBouncer. */
function settings(reach: Reach): string {
  const lists: [string, readonly number[]][] = [
    ["organizations", reach.organizations],
    ["owned_organizations", reach.ownedOrganizations],
    ["writable_organizations", reach.writableOrganizations],
    ["founding_organizations", reach.foundingOrganizations],
    ["readable_projects", reach.readableProjects],
    ["writable_projects", reach.writableProjects],
    ["owned_projects", reach.ownedProjects],
    ...optionalList("audited_organizations", reach.auditedOrganizations),
    ...optionalList("audited_projects", reach.auditedProjects),
  ];
  const user = reach.userId === null ? "" : String(wholeNumber(reach.userId));
  return [
    `SET LOCAL magtrace.user_id = '${user}'`,
    authorSetting(reach.author),
    ...lists.map(([name, ids]) => `SET LOCAL magtrace.${name} = '{${ids.map(wholeNumber).join(",")}}'`),
  ].join("; ");
}

function optionalList(name: string, ids: readonly number[] | undefined): [string, readonly number[]][] {
  return ids ? [[name, ids]] : [];
}

function wholeNumber(id: number): number {
  if (!Number.isSafeInteger(id)) throw new TypeError(`not an id: ${id}`);
  return id;
}

/** Serialization failures and deadlocks: PostgreSQL asks for the same work again. */
const TRY_AGAIN = new Set(["40001", "40P01"]);
const MOST_TRIES = 4;

/**
 * A row was looked at, and was gone when it was to be changed: another transaction has deleted it in between. Looked for
 * again, it is not found, and whoever asked is told so.
 */
class VanishedRow extends Error {
  constructor() {
    super("expected one row, got 0");
  }
}

function mayTryAgain(error: unknown): boolean {
  return error instanceof VanishedRow || TRY_AGAIN.has(sqlState(error));
}

/**
 * Runs `work` in one transaction that can touch only what `reach` names; commits when it resolves, rolls back when it
 * throws. `work` may run more than once, so its effects outside the database must wait until it has returned.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  reach: Reach,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptTransaction(pool, reach, work);
    } catch (error) {
      if (attempt >= MOST_TRIES || !mayTryAgain(error)) throw error;
    }
  }
}

async function attemptTransaction<T>(
  pool: pg.Pool,
  reach: Reach,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const client = await connect(pool);
  let broken: Error | undefined;
  try {
    await client.query(`BEGIN; ${settings(reach)}`);
    const tx = transactionOn(client, mayPrepare(pool), reach.author);
    const result = await work(tx);
    // A transaction that can change nothing cannot note anything either: the note is one of its own.
    const before = tx.isReadOnly() ? `COMMIT; BEGIN; ${settings(reach)}; ` : "";
    await commitWithAudit(client, reach.author.reading, reach.organizations, before);
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw new AppError("dependency_unavailable", "The database does not answer. Try again in a moment.", {
      cause: error,
    });
  }
}

/**
 * Planning a small query under row-level security takes several times as long as running it. Reads of few parameters
 * come back with the same text; what is built for many rows does not and is not kept.
 */
const MOST_KEPT_PARAMETERS = 8;

function nameOf(text: string, parameters: readonly unknown[]): string | undefined {
  if (parameters.length > MOST_KEPT_PARAMETERS || !text.startsWith("SELECT")) return undefined;
  return createHash("sha1").update(text).digest("base64url");
}

function transactionOn(
  client: pg.PoolClient,
  prepares: boolean,
  author: Author,
): Transaction & { isReadOnly(): boolean } {
  let still = false;
  async function execute<Row>(query: RawBuilder<Row>) {
    const { sql: text, parameters } = compile(query);
    const name = prepares ? nameOf(text, parameters) : undefined;
    return client.query({ text, values: [...parameters], ...(name ? { name } : {}) });
  }
  return {
    author,
    async rows<Row>(query: RawBuilder<Row>) {
      return (await execute(query)).rows as Row[];
    },
    async row<Row>(query: RawBuilder<Row>) {
      return (await execute(query)).rows[0] as Row | undefined;
    },
    async one<Row>(query: RawBuilder<Row>) {
      const { rows } = await execute(query);
      if (rows.length === 0) throw new VanishedRow();
      if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`);
      return rows[0] as Row;
    },
    async run(query) {
      return (await execute(query)).rowCount ?? 0;
    },
    async reachProject(projectId) {
      const id = `,${wholeNumber(projectId)}}`;
      await client.query(
        `SELECT set_config(name, replace(rtrim(current_setting(name), '}') || $1, '{,', '{'), true)
         FROM unnest(ARRAY['magtrace.readable_projects', 'magtrace.writable_projects', 'magtrace.owned_projects']) AS name`,
        [id],
      );
    },
    async readOnlySnapshot() {
      await client.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      still = true;
    },
    isReadOnly: () => still,
    async executeAsQueue(text, values) {
      await client.query("SET LOCAL ROLE magtrace_queue");
      const result = await client.query(text, values);
      await client.query("RESET ROLE");
      return result;
    },
  };
}

/** The SQLSTATE of an error from PostgreSQL, else "". */
export function sqlState(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
