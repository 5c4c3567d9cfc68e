import type pg from "pg";
import type { QueueConnection } from "./turns.ts";

/** The accounts role becomes the queue role for a statement; see ensureRoles. */
export function asQueueRole(db: Pick<pg.ClientBase, "query">): QueueConnection {
  return {
    async executeAsQueue(text, values) {
      await db.query("SET LOCAL ROLE magtrace_queue");
      const result = await db.query(text, values);
      await db.query("RESET ROLE");
      return result;
    },
  };
}
