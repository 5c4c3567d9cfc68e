import assert from "node:assert/strict";
import { test } from "node:test";
import { openSmtp } from "../../src/platform/mail/smtp.ts";
import { startMailServer } from "../support/mailServer.ts";

test("a mail arrives as plain text, from the configured address, at the one address it is for", async (t) => {
  const server = await startMailServer(t);
  const smtp = openSmtp({ smtpUrl: server.url, from: "MagTrace <it@example.com>" });
  t.after(() => smtp.close());
  await smtp.send({
    to: "ada@example.com",
    subject: "Söme words",
    text: "Follow <b>this</b>: http://x/?a=b",
  });
  const [mail] = server.received;
  assert.deepEqual(mail?.to, ["ada@example.com"]);
  assert.match(mail.text, /^From: MagTrace <it@example\.com>\r$/m);
  assert.match(mail.text, /^Content-Type: text\/plain/m);
  assert.match(mail.text, /Follow <b>this<\/b>: http:\/\/x\/\?a=b/);
});

test("what people write can add neither recipients nor headers", async (t) => {
  const server = await startMailServer(t);
  const smtp = openSmtp({ smtpUrl: server.url, from: "it@example.com" });
  t.after(() => smtp.close());
  await smtp.send({ to: "ada@example.com", subject: "Join A\r\nBcc: eve@example.com", text: "hello" });
  const two = { to: "ada@example.com, eve@example.com", subject: "two", text: "hello" };
  await smtp.send(two).catch(() => undefined);
  const recipients = server.received.flatMap(({ to }) => to);
  assert.ok(recipients.length > 0);
  assert.ok(!recipients.includes("eve@example.com"), recipients.join(" | "));
  assert.doesNotMatch(server.received[0]!.text, /^bcc:/im);
});
