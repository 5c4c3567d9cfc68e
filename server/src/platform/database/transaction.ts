import { isDeepStrictEqual } from "node:util";
import type { RawBuilder } from "kysely";
import type pg from "pg";
import { type Author, noAuthor } from "../author.ts";
import { auditOf, authorText } from "./auditStatements.ts";
import { runBatch, type Statement, type StatementResult } from "./batch.ts";
import { connectTo } from "./pool.ts";
import { sqlState } from "./sqlState.ts";
import { statementOf } from "./statements.ts";
import { VanishedRow, withRetries } from "./withRetries.ts";

/**
 * Who a transaction is for. The database made the ticket, checks it, and finds out itself what they may see and change:
 * row-level security holds every statement to it.
 */
export interface DatabaseAccess {
  /** For the audit: who reads or changes. */
  readonly author: Author;
  /** In whose audit a reading stands that named no place. */
  readonly organizations: readonly number[];
  /** Null: nobody's, which sees nothing. */
  readonly ticket: (() => string | Promise<string>) | null;
  /** What was read already, in the round trip that found out who asks. */
  readonly ahead?: ReadAhead | null;
}

export interface ReadAhead {
  readonly statement: Statement;
  readonly rows: readonly Record<string, unknown>[];
}

export const noAccess: DatabaseAccess = { author: noAuthor, organizations: [], ticket: null };

/** The statements of one transaction, one after the other. */
export interface Transaction {
  readonly author: Author;
  rows<Row>(query: RawBuilder<Row>): Promise<Row[]>;
  /** Several statements in one round trip, each with its rows. */
  all<Rows extends readonly unknown[]>(
    queries: {
      readonly [At in keyof Rows]: RawBuilder<Rows[At]>;
    },
  ): Promise<{ [At in keyof Rows]: Rows[At][] }>;
  /** The only row, or undefined. */
  row<Row>(query: RawBuilder<Row>): Promise<Row | undefined>;
  /** The only row; its absence is a fault of the program's. */
  one<Row>(query: RawBuilder<Row>): Promise<Row>;
  /** Runs a statement and returns how many rows it touched. */
  run(query: RawBuilder<unknown>): Promise<number>;
  /** To be called first: from here on the transaction sees the database as it is now, and cannot change it. */
  readOnlySnapshot(): Promise<void>;
  /** Runs pg-boss's statements in this transaction as the queue role. */
  executeAsQueue(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/** Both end with the transaction, so connections can be shared through PgBouncer. */
function identify(ticket: string, author: Author): Statement {
  return {
    name: "identify",
    text: "SELECT set_config('magtrace.ticket', $1, true), set_config('magtrace.author', $2, true)",
    values: [ticket, authorText(author)],
  };
}

/** Where nothing is written, nobody asks by whose hand. */
function identifyReader(ticket: string): Statement {
  return {
    name: "identify_reader",
    text: "SELECT set_config('magtrace.ticket', $1, true)",
    values: [ticket],
  };
}

/**
 * Runs `work` in one transaction that can touch only what `access` names; commits when it resolves, rolls back when it
 * throws. `work` may run more than once, so its effects outside the database must wait until it has returned.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  access: DatabaseAccess,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return withRetries(() => attemptTransaction(pool, access, work));
}

async function attemptTransaction<T>(
  pool: pg.Pool,
  access: DatabaseAccess,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const ticket = (await access.ticket?.()) ?? "";
  const client = await connectTo(pool);
  let broken: Error | undefined;
  const session = new Session(client, identify(ticket, access.author));
  try {
    const result = await work(transactionOn(session, access.author));
    await session.commit(access);
    return result;
  } catch (error) {
    await session.rollBack().catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * One round trip: who asks, all statements, and the audit's entry of it. For what needs no answer of one statement before
 * the next: the statements are one transaction, committed with the last of them, and decide by themselves whether anything
 * is to be changed.
 */
export async function writeOnce<Rows extends readonly unknown[]>(
  pool: pg.Pool,
  access: DatabaseAccess,
  queries: { readonly [At in keyof Rows]: RawBuilder<Rows[At]> },
): Promise<{ [At in keyof Rows]: Rows[At][] }> {
  const statements = (queries as readonly RawBuilder<unknown>[]).map(statementOf);
  const results = await runTogether(pool, access, statements);
  return results.map(({ rows }) => rows) as { [At in keyof Rows]: Rows[At][] };
}

/**
 * The same for one statement that only reads, and may have been asked ahead. Only its own answer is taken for it, and only where the read
 * needs no entry in the audit: an entry is of the transaction that read.
 */
export async function readOneOnce<Row>(
  pool: pg.Pool,
  access: DatabaseAccess,
  statement: Statement,
): Promise<readonly Row[]> {
  const audited = auditOf(access.author, access.organizations);
  const ahead = audited.statements.length === 0 ? rowsAhead<Row>(access, statement) : undefined;
  return ahead ?? ((await runTogether(pool, access, [statement], audited))[0]!.rows as Row[]);
}

/**
 * The same for one row, where only its `answer` shows whose readings the audit is to be told of: it may throw, and may be
 * called twice. A read that the audit is to be told of is made again, in the transaction that tells it.
 */
export async function readOneThen<Row, T>(
  pool: pg.Pool,
  access: DatabaseAccess,
  query: RawBuilder<Row>,
  answer: (row: Row | undefined) => T,
): Promise<T> {
  const statement = statementOf(query);
  const rows =
    rowsAhead<Row>(access, statement) ??
    ((await runTogether(pool, access, [statement], NOTHING_AUDITED))[0]!.rows as Row[]);
  const answered = answer(rows[0]);
  if (auditOf(access.author, access.organizations).statements.length === 0) return answered;
  return inTransaction(pool, access, async (tx) => answer(await tx.row(query)));
}

const NOTHING_AUDITED: ReturnType<typeof auditOf> = { statements: [], done: () => undefined };

/** What was read ahead, where that was by this very statement. */
function rowsAhead<Row>({ ahead }: DatabaseAccess, { text, values }: Statement): readonly Row[] | undefined {
  const isIt = ahead?.statement.text === text && isDeepStrictEqual(ahead.statement.values, values);
  return isIt ? (ahead.rows as readonly Row[]) : undefined;
}

async function runTogether(
  pool: pg.Pool,
  access: DatabaseAccess,
  statements: readonly Statement[],
  audited = auditOf(access.author, access.organizations),
): Promise<StatementResult[]> {
  return withRetries(() => attemptTogether(pool, access, statements, audited));
}

async function attemptTogether(
  pool: pg.Pool,
  access: DatabaseAccess,
  statements: readonly Statement[],
  audited: ReturnType<typeof auditOf>,
): Promise<StatementResult[]> {
  const ticket = (await access.ticket?.()) ?? "";
  const client = await connectTo(pool);
  let broken = false;
  try {
    const results = await runBatch(client, [
      audited.statements.length === 0 ? identifyReader(ticket) : identify(ticket, access.author),
      ...statements,
      ...audited.statements,
    ]);
    audited.done();
    return results.slice(1, 1 + statements.length);
  } catch (error) {
    // An error without a SQLSTATE is the connection's.
    broken = sqlState(error) === "";
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A transaction's statements on one connection: it begins with the first of them, in the same round trip. */
class Session {
  readonly #client: pg.PoolClient;
  readonly #identify: Statement;
  #begun = false;
  #readOnly = false;

  constructor(client: pg.PoolClient, identify: Statement) {
    this.#client = client;
    this.#identify = identify;
  }

  async run(queries: readonly RawBuilder<unknown>[]): Promise<StatementResult[]> {
    return this.send(queries.map(statementOf));
  }

  async send(statements: readonly Statement[]): Promise<StatementResult[]> {
    const first = this.#begun ? [] : this.#beginning();
    this.#begun = true;
    const results = await runBatch(this.#client, [...first, ...statements]);
    return results.slice(first.length);
  }

  #beginning(): Statement[] {
    const mode = this.#readOnly ? " ISOLATION LEVEL REPEATABLE READ, READ ONLY" : "";
    return [{ text: `BEGIN${mode}`, name: `begin${mode}` }, this.#identify];
  }

  beginReadOnly(): void {
    if (this.#begun) throw new Error("a read-only snapshot comes before the first statement");
    this.#readOnly = true;
  }

  async commit({ author, organizations }: DatabaseAccess): Promise<void> {
    const audited = auditOf(author, organizations);
    if (this.#readOnly && this.#begun) {
      // A transaction that can change nothing cannot add to the audit either: that is one of its own.
      await runBatch(this.#client, [COMMIT]);
      this.#begun = false;
      this.#readOnly = false;
    }
    if (!this.#begun && audited.statements.length === 0) return;
    await this.send([...audited.statements, COMMIT]);
    this.#begun = false;
    audited.done();
  }

  async rollBack(): Promise<void> {
    if (this.#begun) await this.#client.query("ROLLBACK");
  }
}

const COMMIT: Statement = { text: "COMMIT", name: "commit" };

function transactionOn(session: Session, author: Author): Transaction {
  async function execute(query: RawBuilder<unknown>): Promise<StatementResult> {
    const [result] = await session.run([query]);
    return result!;
  }
  return {
    author,
    async rows<Row>(query: RawBuilder<Row>) {
      return (await execute(query)).rows as Row[];
    },
    async all<Rows extends readonly unknown[]>(
      queries: { readonly [At in keyof Rows]: RawBuilder<Rows[At]> },
    ) {
      const results = await session.run(queries as readonly RawBuilder<unknown>[]);
      return results.map(({ rows }) => rows) as { [At in keyof Rows]: Rows[At][] };
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
      return (await execute(query)).rowCount;
    },
    async readOnlySnapshot() {
      session.beginReadOnly();
    },
    async executeAsQueue(text, values = []) {
      const [, result] = await session.send([
        { text: "SET LOCAL ROLE magtrace_queue", name: "as_queue" },
        { text, values },
        { text: "RESET ROLE", name: "as_self" },
      ]);
      return result!;
    },
  };
}
