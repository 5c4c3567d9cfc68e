import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { ObjectStoreError } from "../../src/platform/objects/errors.ts";
import { MemoryObjects } from "../../src/platform/objects/testing/memoryObjects.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

test("health says that the audit is late, which is no reason to send requests elsewhere", async (t) => {
  const installation = await startTestInstallation(t);
  const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  const health = async () => {
    const { status, body } = await installation.caller(null).call("GET", "/health/");
    return [status, body.status, (body.checks as Record<string, string>).audit];
  };
  assert.deepEqual(await health(), [200, "ok", "ok"]);

  await installation.stopWorker();
  const insert = (seconds: number) =>
    owner.query(
      "INSERT INTO audit.inbox (organization_id, action, at) VALUES (0, 'x', clock_timestamp() - make_interval(secs => $1))",
      [seconds],
    );
  await sequenceAudit(owner);
  // Far from 30 s: some pass until health is asked.
  await insert(10);
  assert.deepEqual(await health(), [200, "ok", "ok"]);
  await sequenceAudit(owner);
  await insert(31);
  assert.deepEqual(await health(), [200, "ok", "late"]);

  await installation.resumeWorker();
  await untilTrue(async () => (await health())[2] === "ok");
});

test("readiness names what fails to administrators of the installation alone", async (t) => {
  const store = new MemoryObjects();
  const installation = await startTestInstallation(t, {}, { store });
  const admin = await installation.addUser({ name: "ada", organization: "North", role: "admin" });
  const user = await installation.addUser({ name: "bob", organization: "South" });
  const withoutScope = await installation.addUser({
    name: "cleo",
    organization: "West",
    role: "admin",
    scopes: ["read"],
  });
  const ready = async (caller = installation.caller(null)) => {
    const { status, body } = await caller.call("GET", "/health/ready/");
    return { status, body };
  };
  assert.deepEqual(await ready(), { status: 200, body: { status: "ok" } });
  assert.equal((await ready(admin)).status, 200);

  store.exists = async () => {
    throw new ObjectStoreError("health/none", "The store did not answer. Try again.");
  };
  for (const caller of [undefined, user, withoutScope]) {
    assert.deepEqual(await ready(caller), { status: 503, body: { status: "failing" } });
  }
  const { status, body } = await ready(admin);
  assert.equal(status, 503);
  const checks = body.checks as Record<string, string>;
  assert.deepEqual([checks.objects, checks.database], ["failing", "ok"]);
});
