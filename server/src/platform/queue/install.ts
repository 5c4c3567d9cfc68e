import type pg from "pg";
import { PgBoss } from "pg-boss";
import { JOB_INDICES } from "./jobIndices.ts";
import { QUEUE_SCHEMA, queues } from "./queues.ts";
import { TURN_INDICES } from "./turns.ts";

/** Makes or updates pg-boss's schema and our queues, as the owner, and lets only the queue role use them. */
export async function installQueue(ownerUrl: string, client: pg.Client): Promise<void> {
  const boss = new PgBoss({
    connectionString: ownerUrl,
    schema: QUEUE_SCHEMA,
    max: 2,
    supervise: false,
    schedule: false,
    application_name: "magtrace migrate",
  });
  const faults: Error[] = [];
  boss.on("error", (error) => faults.push(error));
  await boss.start();
  try {
    for (const [name, options] of Object.entries(queues)) {
      const { deadLetter, ...rest } = options;
      const given = deadLetter === undefined ? rest : { ...rest, deadLetter };
      if (await boss.getQueue(name)) await boss.updateQueue(name, given);
      else await boss.createQueue(name, given);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
  if (faults[0]) throw faults[0];
  await client.query(TURN_INDICES);
  await client.query(JOB_INDICES);
  await client.query(`
    GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO magtrace_queue;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO magtrace_queue;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${QUEUE_SCHEMA} TO magtrace_queue`);
}
