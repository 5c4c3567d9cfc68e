import type { PgBoss } from "pg-boss";
import type { Transaction } from "../database/transaction.ts";
import type { Log } from "../logs/log.ts";
import type { JobData, QueuedJob, QueueName } from "./queues.ts";
import { type QueueConnection, takeTurn } from "./turns.ts";

/** A job is enqueued in the transaction that makes the row it is for: neither exists without the other. */
export interface JobSender {
  /** Gets ready to send; otherwise the first job does it. */
  start(): Promise<void>;
  send(tx: Pick<Transaction, "author" | "executeAsQueue">, name: QueueName, data: JobData): Promise<void>;
  /** A mail, sealed: of nobody in particular, and in no order. */
  sendMail(connection: QueueConnection, sealed: string): Promise<void>;
  stop(): Promise<void>;
}

/** Loads nothing and connects to nothing before it is started: most workers' processes never send a job. */
export function createSender(url: string, log: Log): JobSender {
  let started: Promise<PgBoss> | undefined;

  function boss(): Promise<PgBoss> {
    started ??= import("./boss.ts")
      .then(({ startBoss }) =>
        startBoss({ connectionString: url, max: 2, supervise: false, schedule: false }, log),
      )
      .catch((error: unknown) => {
        started = undefined;
        throw error;
      });
    return started;
  }

  async function send(connection: QueueConnection, job: QueuedJob, options: object): Promise<void> {
    const id = await (await boss()).send(job.queue, job, {
      ...options,
      db: { executeSql: (text, values) => connection.executeAsQueue(text, values) },
    });
    if (id === null) throw new Error(`the queue ${job.queue} took no job`);
  }

  return {
    async start() {
      await boss();
    },
    async send(tx, name, data) {
      const turn = await takeTurn(tx, name, data);
      await send(tx, { ...data, queue: name, requestId: tx.author.requestId }, turn);
    },
    sendMail: (connection, sealed) =>
      send(connection, { queue: "mail", organizationId: 0, projectId: 0, userId: 0, id: 0, sealed }, {}),
    async stop() {
      const running = await started?.catch(() => undefined);
      await running?.stop({ graceful: false });
    },
  };
}
