import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../src/platform/freePort.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { createMailer } from "../../src/platform/mail/mailer.ts";
import { mailJob } from "../../src/platform/mail/mailJob.ts";
import { openMail, sealMail } from "../../src/platform/mail/sealedMail.ts";
import { openBrowser } from "../support/browser.ts";
import { startMailServer } from "../support/mailServer.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

const mail = { to: "ada@example.com", subject: "Join us", text: "http://127.0.0.1/app?token=PLANTED" };

test("a sealed mail opens under its key alone, and only as it was", () => {
  const key = new Uint8Array(32).fill(1);
  const sealed = sealMail(key, mail);
  assert.deepEqual(openMail(key, sealed), mail);
  assert.notEqual(sealMail(key, mail), sealed);
  assert.throws(() => openMail(new Uint8Array(32).fill(2), sealed));
  const altered = Buffer.from(sealed, "base64");
  altered[20]! ^= 1;
  assert.throws(() => openMail(key, altered.toString("base64")));
});

test("a mail that the server refuses is given up, any other failure is tried again without a word of it", async () => {
  const key = new Uint8Array(32).fill(1);
  const context = { jobId: "1", attempt: 0, signal: new AbortController().signal, log: silentLog() };
  const data = { queue: "mail", organizationId: 0, projectId: 0, userId: 0, id: 0 } as const;
  const run = (error: Error) =>
    mailJob({ send: () => Promise.reject(error) }, key)({ ...data, sealed: sealMail(key, mail) }, context);
  await run(Object.assign(new Error("550 no such user"), { responseCode: 550 }));
  const temporary = Object.assign(new Error("451 later, ada@example.com"), { responseCode: 451 });
  const thrown = await run(temporary).catch((error: unknown) => error);
  assert.match(String(thrown), /did not take a mail/);
  assert.doesNotMatch(JSON.stringify([thrown, String(thrown)]), /ada@/);
});

test("mail waits for its server: nothing in the queue reveals it, and nothing of it is left there", async (t) => {
  const port = await freePort();
  const installation = await startTestInstallation(t, {
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: "it@example.com",
  });
  const ann = await installation.addUser({ name: "ann", organization: "North" });
  const { body: me } = await ann.call<{ organizations: { id: number }[] }>("GET", "/api/me/");
  const path = `/api/organizations/${me.organizations[0]!.id}/invitations/`;
  const invited = await ann.call("POST", path, { email: "guest@example.com", role: "member" });
  assert.equal(invited.status, 201);
  const asked = await openBrowser(installation.api.address).call("POST", "/api/auth/request-password-reset", {
    email: "ann@example.com",
  });
  assert.equal(asked.status, 200);

  const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  const waiting = async () =>
    (
      await owner.query<{ row: string }>(
        "SELECT row_to_json(j)::text AS row FROM pgboss.job j WHERE name = 'mail'",
      )
    ).rows;
  // Tried at least once, and failed.
  while ((await waiting()).filter(({ row }) => !row.includes('"output":null')).length < 2) await delay(50);
  for (const { row } of await waiting()) assert.doesNotMatch(row, /example\.com|token|North|app\//);

  const mails = await startMailServer(t, port);
  assert.match((await mails.take("guest@example.com")).text, /\/app\/invitation\?token=[\w-]{43}/);
  assert.match((await mails.take("ann@example.com")).text, /\/app\/reset-password\?token=/);
  while ((await waiting()).length > 0) await delay(50);
});

test("what is rolled back sends no mail", async (t) => {
  const installation = await startTestInstallation(t);
  const pool = new pg.Pool({ connectionString: installation.database.accounts, max: 1 });
  t.after(() => pool.end());
  const sent: string[] = [];
  const queue = {
    async sendMail(connection: { executeAsQueue(text: string): Promise<unknown> }, sealed: string) {
      await connection.executeAsQueue(
        "INSERT INTO pgboss.job (name, data, start_after) VALUES ('mail', '{}', now() + interval '1 day')",
      );
      sent.push(sealed);
    },
  };
  const mailer = createMailer({ pool, queue, key: new Uint8Array(32), log: silentLog() });
  const count = async () => {
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'mail'");
    await client.end();
    return rows[0].n as number;
  };
  const client = await pool.connect();
  await client.query("BEGIN");
  await mailer.queueMail(client, mail);
  const { rows } = await client.query("SELECT current_user AS role");
  assert.equal(rows[0].role, "magtrace_accounts", "the queue's rights end with the statement");
  await client.query("ROLLBACK");
  client.release();
  assert.equal(await count(), 0);
  mailer.queueSoon(mail);
  await mailer.close();
  assert.deepEqual([await count(), sent.length], [1, 2]);
});
