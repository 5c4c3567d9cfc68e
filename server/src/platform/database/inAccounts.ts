import type { sql } from "kysely";
import type pg from "pg";
import type { Author } from "../author.ts";
import { authorSetting, commitWithAudit } from "./auditStatements.ts";
import { compile } from "./transaction.ts";

/** Statements of the accounts role. Each stands alone; those that belong together run in `inAccounts`. */
export type AccountsDb = Pick<pg.ClientBase, "query">;

export async function rows<Row>(db: AccountsDb, query: ReturnType<typeof sql<Row>>): Promise<Row[]> {
  const { sql: text, parameters } = compile(query);
  return (await db.query(text, [...parameters])).rows as Row[];
}

/** Whose audit tells of what concerns no organisation. */
export const INSTALLATION = 0;

/** Runs `work` in one transaction of the accounts role, by the hand of `author` as the audit tells it. */
export async function inAccounts<T>(
  pool: pg.Pool,
  author: Author,
  work: (db: AccountsDb) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; ${authorSetting(author)}`);
    const result = await work(client);
    await commitWithAudit(client, author.reading, [INSTALLATION]);
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}
