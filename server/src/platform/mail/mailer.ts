import { createTransport } from "nodemailer";
import type { Log } from "../logs/log.ts";

export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** Plain text: nothing that people have written in it can become markup. */
  readonly text: string;
}

/** Sends in the background. An answer never waits for a mail, so its time tells nothing of whether one was sent. */
export interface Mailer {
  /** Never throws. Call it after the commit of what the mail tells of. */
  send(mail: Mail): void;
  /** Resolves when everything handed over so far has been sent or given up. */
  close(): Promise<void>;
}

export interface MailOptions {
  readonly smtpUrl: string;
  readonly from: string;
  readonly log: Log;
}

const TIMEOUT_MS = 20_000;

export function createMailer({ smtpUrl, from, log }: MailOptions): Mailer {
  const transport = createTransport(
    {
      url: smtpUrl,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  const underway = new Set<Promise<void>>();
  return {
    send({ to, subject, text }) {
      // As an object, so that an address is one address: a text would be taken apart at commas.
      const sending = transport
        .sendMail({ to: { name: "", address: to }, subject, text })
        .then(() => log.info({ subject }, "a mail was sent"))
        .catch((error: unknown) => log.error({ err: error, subject }, "a mail could not be sent"))
        .finally(() => underway.delete(sending));
      underway.add(sending);
    },
    async close() {
      await Promise.all(underway);
      transport.close();
    },
  };
}
