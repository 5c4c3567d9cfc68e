import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { openBrowser } from "../support/browser.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

const PASSWORD = "correct horse battery";

interface Entry {
  readonly action: string;
  readonly user_id: number;
  readonly ip: string;
  readonly request_id: string;
  readonly route: string;
  readonly after: unknown;
}

test("what is changed by signing in and out tells the audit who, from where and with which request", async (t) => {
  const installation = await startTestInstallation(t);
  await installation.addUser({ name: "ann", organization: "North" });
  await installation.addUser({ name: "bob", organization: "North", organizationRole: "member" });
  const database = new pg.Client({ connectionString: installation.database.ownerUrl });
  await database.connect();
  t.after(() => database.end());
  const idOf = async (email: string) =>
    (await database.query<{ id: number }>("SELECT id FROM accounts.users WHERE email = $1", [email])).rows[0]!
      .id;
  const entryOf = async (action: string, userId: number): Promise<Entry> => {
    await sequenceAudit(database);
    const { rows } = await database.query<Entry>(
      "SELECT * FROM audit.entries WHERE action = $1 AND user_id = $2 AND request_id IS NOT NULL ORDER BY id DESC LIMIT 1",
      [action, userId],
    );
    assert.ok(rows[0], `${action} of ${userId}`);
    return rows[0];
  };
  const pages = { ann: openBrowser(installation.api.address), bob: openBrowser(installation.api.address) };
  // At once: neither is told under the other's request.
  const [ann, bob] = await Promise.all([
    pages.ann.signIn("ann@example.com", PASSWORD),
    pages.bob.signIn("bob@example.com", PASSWORD),
  ]);
  for (const [answer, email] of [
    [ann, "ann@example.com"],
    [bob, "bob@example.com"],
  ] as const) {
    const entry = await entryOf("session.create", await idOf(email));
    assert.equal(entry.request_id, answer.headers.get("x-request-id"));
    assert.deepEqual([entry.ip, entry.route], ["127.0.0.1", "POST /api/auth/sign-in/email"]);
  }
  const changed = await pages.ann.call("POST", "/api/auth/change-password", {
    currentPassword: PASSWORD,
    newPassword: "battery staple horse",
  });
  const entry = await entryOf("password.update", await idOf("ann@example.com"));
  assert.equal(entry.request_id, changed.headers.get("x-request-id"));
  assert.deepEqual(entry.after, { password: "(not told)" });
  const out = await pages.bob.call("POST", "/api/auth/sign-out", {});
  const ended = await entryOf("session.delete", await idOf("bob@example.com"));
  assert.deepEqual(
    [ended.request_id, ended.route],
    [out.headers.get("x-request-id"), "POST /api/auth/sign-out"],
  );
});
