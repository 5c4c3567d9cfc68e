import type pg from "pg";
import { connectTo } from "../database/pool.ts";
import type { Log } from "../logs/log.ts";
import { asQueueRole } from "../queue/asQueueRole.ts";
import type { JobSender } from "../queue/sender.ts";
import type { Mail } from "./mail.ts";
import { sealMail } from "./sealedMail.ts";

/** Mails are jobs: a worker sends them, and tries again for hours where the mail server does not answer. */
export interface Mailer {
  /** Sends a mail if the transaction commits, and not otherwise. */
  queueMail(db: Pick<pg.ClientBase, "query">, mail: Mail): Promise<void>;
  /**
   * Sends a mail of what another program has written, in a transaction of its own. No answer waits for it, so its time
   * tells nothing of whether there was one to send. Never throws.
   */
  queueSoon(mail: Mail): void;
  /** Resolves when everything handed over so far is queued or given up. */
  close(): Promise<void>;
}

export interface MailerOptions {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
  readonly queue: Pick<JobSender, "sendMail">;
  /** What mails are sealed with while they wait. */
  readonly key: Uint8Array;
  readonly log: Log;
}

export function createMailer({ pool, queue, key, log }: MailerOptions): Mailer {
  const underway = new Set<Promise<void>>();

  async function queueAlone(mail: Mail): Promise<void> {
    const client = await connectTo(pool);
    try {
      await client.query("BEGIN");
      await queueMail(client, mail);
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      throw error;
    } finally {
      client.release();
    }
  }

  const queueMail: Mailer["queueMail"] = (db, mail) => queue.sendMail(asQueueRole(db), sealMail(key, mail));

  return {
    queueMail,
    queueSoon(mail) {
      const { subject } = mail;
      const queueing = queueAlone(mail)
        .catch((error: unknown) => log.error({ err: error, subject }, "a mail could not be queued"))
        .finally(() => underway.delete(queueing));
      underway.add(queueing);
    },
    async close() {
      await Promise.all(underway);
    },
  };
}
