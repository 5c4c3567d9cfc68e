import { AsyncLocalStorage } from "node:async_hooks";
import type pg from "pg";
import { type Author, noAuthor } from "../../platform/author.ts";
import { authorSetting } from "../../platform/database/auditStatements.ts";

/** Who better-auth writes for while it answers a request, for the audit. */
export const asAuthor = new AsyncLocalStorage<Author>();

const WRITES = /^\s*(insert|update|delete)\b/i;
const BEGINS = /^\s*(begin|start transaction)\b/i;
const ENDS = /^\s*(commit|rollback)(?!\s+to\b)\b/i;

interface Client {
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  release(error?: Error | boolean): void;
}

/**
 * The pool as better-auth sees it: what it writes is written in a transaction that knows its author, for the audit's
 * triggers. It opens transactions for some of what it does; every other write gets one of its own.
 */
export function authoredPool(pool: pg.Pool) {
  return {
    options: pool.options,
    connect: async () => authoredClient(await pool.connect()),
    end: async () => undefined,
  };
}

function authoredClient(client: pg.PoolClient): Client {
  let within = false;
  const setting = () => authorSetting(asAuthor.getStore() ?? noAuthor);
  const run = (text: string, values?: readonly unknown[]) => client.query(text, values && [...values]);

  async function writeAlone(text: string, values?: readonly unknown[]): Promise<pg.QueryResult> {
    await client.query(`BEGIN; ${setting()}`);
    try {
      const result = await run(text, values);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    }
  }

  return {
    async query(text, values) {
      if (!within && WRITES.test(text)) return writeAlone(text, values);
      const result = await run(text, values);
      if (BEGINS.test(text)) {
        within = true;
        await client.query(setting());
      } else if (ENDS.test(text)) within = false;
      return result;
    },
    release: (error) => client.release(error),
  };
}
