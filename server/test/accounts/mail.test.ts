import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLog } from "../../src/platform/logs/log.ts";
import { createMailer } from "../../src/platform/mail/mailer.ts";
import { startMailServer } from "../support/mailServer.ts";

test("a mail arrives as plain text, from the configured address, at the one address it is for", async (t) => {
  const server = await startMailServer(t);
  const mailer = createMailer({ smtpUrl: server.url, from: "MagTrace <it@example.com>", log: silentLog() });
  mailer.send({ to: "ada@example.com", subject: "Söme words", text: "Follow <b>this</b>: http://x/?a=b" });
  await mailer.close();
  const [mail] = server.received;
  assert.deepEqual(mail?.to, ["ada@example.com"]);
  assert.match(mail.text, /^From: MagTrace <it@example\.com>\r$/m);
  assert.match(mail.text, /^Content-Type: text\/plain/m);
  assert.match(mail.text, /Follow <b>this<\/b>: http:\/\/x\/\?a=b/);
});

test("what people write can add neither recipients nor headers", async (t) => {
  const server = await startMailServer(t);
  const mailer = createMailer({ smtpUrl: server.url, from: "it@example.com", log: silentLog() });
  mailer.send({ to: "ada@example.com", subject: "Join A\r\nBcc: eve@example.com", text: "hello" });
  mailer.send({ to: "ada@example.com, eve@example.com", subject: "two", text: "hello" });
  await mailer.close();
  const recipients = server.received.flatMap(({ to }) => to);
  assert.ok(recipients.length > 0);
  assert.ok(!recipients.includes("eve@example.com"), recipients.join(" | "));
  assert.doesNotMatch(server.received[0]!.text, /^bcc:/im);
});

test("a mail server that does not answer fails nobody's request", async () => {
  const lines: unknown[] = [];
  const log = { ...silentLog(), error: (line: unknown) => lines.push(line) } as ReturnType<typeof silentLog>;
  const mailer = createMailer({ smtpUrl: "smtp://127.0.0.1:1", from: "it@example.com", log });
  mailer.send({ to: "ada@example.com", subject: "lost", text: "hello" });
  await mailer.close();
  assert.equal(lines.length, 1);
});
