import type { TestContext } from "node:test";
import pg from "pg";
import { noAuthor } from "../../src/platform/author.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import type { JobHandler } from "../../src/platform/queue/queue.ts";
import type { JobData, QueueName } from "../../src/platform/queue/queues.ts";
import { type JobRunner, startRunner } from "../../src/platform/queue/runner.ts";
import { createSender } from "../../src/platform/queue/sender.ts";
import { createTestDatabase } from "./testDatabase.ts";

export interface JobRow {
  readonly name: string;
  readonly state: string;
  readonly retry_count: number;
  readonly data: JobData;
}

/** A database with the queue in it, and nothing around it. */
export interface QueueStage {
  readonly client: pg.Client;
  send(queue: QueueName, data: Partial<JobData>): Promise<void>;
  /** A worker, as far as the queue sees it. */
  work(
    handlers: Partial<Record<QueueName, JobHandler>>,
    options?: { readonly concurrency?: number },
  ): Promise<JobRunner>;
  /** Those of one queue: schedules put jobs into others, whenever the clock says so. */
  jobs(queue: QueueName): Promise<JobRow[]>;
}

export async function setQueueStage(t: Pick<TestContext, "after">): Promise<QueueStage> {
  const database = await createTestDatabase();
  const log = silentLog();
  const sender = createSender(database.queue, log);
  const client = new pg.Client({ connectionString: database.queue });
  await client.connect();
  const running: JobRunner[] = [];
  t.after(async () => {
    for (const runner of running) await runner.stop();
    await sender.stop();
    await client.end();
  });
  return {
    client,
    send: (queue, data) =>
      sender.send({ author: noAuthor, executeAsQueue: (text, values) => client.query(text, values) }, queue, {
        organizationId: 1,
        projectId: 1,
        userId: 1,
        id: 1,
        ...data,
      }),
    async work(handlers, { concurrency = 1 } = {}) {
      const runner = await startRunner({ url: database.queue, log, concurrency, handlers });
      const once = { ended: undefined as Promise<void> | undefined };
      const stop = () => {
        once.ended ??= runner.stop();
        return once.ended;
      };
      running.push({ stop });
      return { stop };
    },
    async jobs(queue) {
      const { rows } = await client.query<JobRow>(
        "SELECT name, state, retry_count, data FROM pgboss.job WHERE name = $1 ORDER BY created_on, id",
        [queue],
      );
      return rows;
    },
  };
}
