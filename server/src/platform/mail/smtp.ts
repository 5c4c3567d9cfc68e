import { createTransport } from "nodemailer";
import type { Mail } from "./mail.ts";

export interface SmtpOptions {
  readonly smtpUrl: string;
  readonly from: string;
}

export interface SmtpSender {
  /** Resolves when the server has taken the mail. */
  send(mail: Mail): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 20_000;

export function openSmtp({ smtpUrl, from }: SmtpOptions): SmtpSender {
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
  return {
    async send({ to, subject, text }) {
      // As an object, so that an address is one address: a text would be taken apart at commas.
      await transport.sendMail({ to: { name: "", address: to }, subject, text });
    },
    close: () => transport.close(),
  };
}

/** Whether a mail server has refused a mail for good (RFC 5321, 4.2.1): trying again is of no use. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && "responseCode" in error && Number(error.responseCode) >= 500;
}
