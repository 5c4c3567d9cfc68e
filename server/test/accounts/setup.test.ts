import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Me } from "@magtrace/contracts";
import pg from "pg";
import { setupToken } from "../../src/accounts/signIn/setup.ts";
import { installationSecret } from "../../src/platform/installationSecret.ts";
import { loadMasterKeys } from "../../src/platform/objects/sealing/masterKey.ts";
import { openBrowser } from "../support/browser.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

async function startWithLink(t: Pick<TestContext, "after">) {
  const installation = await startTestInstallation(t);
  const keyFile = join(installation.dataDir, "master.key");
  const keyring = await loadMasterKeys({ keyText: "", keyFile, createIfMissing: false });
  const token = setupToken(installationSecret(keyring, "accounts"));
  const page = openBrowser(installation.api.address);
  const needed = async () => (await page.call<{ needed: boolean }>("GET", "/api/setup/")).body.needed;
  const setUp = (email: string) =>
    page.call("POST", "/api/setup/", {
      token,
      name: "Ann",
      email,
      password: "correct horse battery",
      organization: "North",
    });
  return { installation, page, needed, setUp };
}

test("whoever sets the installation up stands in the audit from the first entry on", async (t) => {
  const { installation, setUp } = await startWithLink(t);
  const made = await setUp("ann@example.com");
  assert.equal(made.status, 201);
  const database = new pg.Client({ connectionString: installation.database.ownerUrl });
  await database.connect();
  await sequenceAudit(database);
  const { rows } = await database
    .query("SELECT DISTINCT user_id, ip, request_id, route FROM audit.entries WHERE action LIKE '%.create'")
    .finally(() => database.end());
  const request_id = made.headers.get("x-request-id");
  assert.deepEqual(rows, [{ user_id: 1, ip: "127.0.0.1", request_id, route: "POST /api/setup/" }]);
});

test("the set-up link is good until there is an administrator, whoever has registered before", async (t) => {
  const { installation, page, needed, setUp } = await startWithLink(t);
  await installation.addUser({ name: "early", organization: "South" });
  assert.equal(await needed(), true);
  const taken = await setUp("early@example.com");
  assert.deepEqual([taken.status, taken.body.code], [409, "conflict"]);
  assert.match(String(taken.body.error), /another address/);
  assert.equal((await setUp("ann@example.com")).status, 201);
  assert.equal((await page.call<Me>("GET", "/api/me/")).body.role, "admin");
  assert.equal(await needed(), false);
  const late = await setUp("late@example.com");
  assert.deepEqual([late.status, late.body.code], [410, "gone"]);
});
