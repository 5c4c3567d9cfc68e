import type { sql } from "kysely";
import type pg from "pg";
import type { Author } from "../author.ts";
import { authorText, commitWithAudit } from "./auditStatements.ts";
import { runBatch, type Statement, type StatementResult } from "./batch.ts";
import { connectTo } from "./pool.ts";
import { compile } from "./statements.ts";
import { withRetries } from "./withRetries.ts";

/** Statements of the accounts role. Each stands alone; those that belong together run in `inAccounts`. */
export type AccountsDb = Pick<pg.ClientBase, "query">;

/** One statement whose plan is kept if it has a name, on any connection of the pool. */
export async function runPrepared<Row>(
  pool: pg.Pool,
  statement: Statement,
): Promise<{ rows: Row[]; rowCount: number }> {
  const [result] = await runTogether(pool, [statement]);
  return result as { rows: Row[]; rowCount: number };
}

/** Several in one round trip, which are one transaction. */
export async function runTogether(
  pool: pg.Pool,
  statements: readonly Statement[],
): Promise<StatementResult[]> {
  return withRetries(async () => {
    const client = await connectTo(pool);
    try {
      return await runBatch(client, statements);
    } finally {
      client.release();
    }
  });
}

export async function preparedRow<Row>(pool: pg.Pool, statement: Statement): Promise<Row | undefined> {
  return (await runPrepared<Row>(pool, statement)).rows[0];
}

export async function rows<Row>(db: AccountsDb, query: ReturnType<typeof sql<Row>>): Promise<Row[]> {
  const { sql: text, parameters } = compile(query);
  return (await db.query(text, [...parameters])).rows as Row[];
}

/** The audit of what concerns no organisation. */
export const INSTALLATION = 0;

/** Runs `work` in one transaction of the accounts role, with `author` as who did it in the audit. */
export async function inAccounts<T>(
  pool: pg.Pool,
  author: Author,
  work: (db: AccountsDb) => Promise<T>,
): Promise<T> {
  const client = await connectTo(pool);
  try {
    await runBatch(client, [
      { name: "begin", text: "BEGIN" },
      {
        name: "author",
        text: "SELECT set_config('magtrace.author', $1, true)",
        values: [authorText(author)],
      },
    ]);
    const result = await work(client);
    await commitWithAudit(client, author, [INSTALLATION]);
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
