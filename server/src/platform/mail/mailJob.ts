import type { JobHandler } from "../queue/queue.ts";
import { openMail } from "./sealedMail.ts";
import { isRefusal, type SmtpSender } from "./smtp.ts";

/**
 * Sends a mail. It throws where it may succeed later. A mail that can never be sent is given up, and neither the queue
 * nor the log keeps any of it but its subject.
 */
export function mailJob(smtp: Pick<SmtpSender, "send">, key: Uint8Array): JobHandler {
  return async ({ sealed = "" }, { log }) => {
    const mail = openMail(key, sealed);
    const { subject } = mail;
    try {
      await smtp.send(mail);
      log.info({ subject }, "a mail was sent");
    } catch (error) {
      if (isRefusal(error)) {
        log.error({ err: error, subject }, "the mail server refuses a mail");
        return;
      }
      log.warn({ err: error, subject }, "a mail could not be sent; it is tried again");
      // The queue keeps what is thrown, and a mail server's words hold addresses.
      throw new Error("the mail server did not take a mail");
    }
  };
}
