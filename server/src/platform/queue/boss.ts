import { PgBoss } from "pg-boss";
import type { Log } from "../logs/log.ts";
import { QUEUE_SCHEMA } from "./queues.ts";

/** pg-boss on a schema that is there already; what breaks is logged, and it goes on. */
export async function startBoss(
  options: ConstructorParameters<typeof PgBoss>[0] & object,
  log: Log,
): Promise<PgBoss> {
  const boss = new PgBoss({
    ...options,
    schema: QUEUE_SCHEMA,
    migrate: false,
    createSchema: false,
    reindex: false,
  });
  boss.on("error", (error) => log.error({ err: error }, "queue error"));
  boss.on("warning", (warning) => log.warn({ warning }, "queue warning"));
  return boss.start();
}
