import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { before, describe, test } from "node:test";
import type { AuditEntry } from "@magtrace/contracts";
import { runCli } from "../../src/cli.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import type { ApiCaller } from "../support/testInstallation.ts";
import { type AuditStage, startAuditStage } from "./auditStage.ts";

describe("who may look into the audit", () => {
  const cleanup = suiteCleanup();
  let stage: AuditStage;
  let member: ApiCaller;
  let administrator: ApiCaller;

  before(async () => {
    stage = await startAuditStage(cleanup);
    const { installation } = stage;
    member = await installation.addUser({
      name: "max",
      organization: "North",
      organizationRole: "member",
    });
    administrator = await installation.addUser({ name: "root", organization: "Operations", role: "admin" });
    await stage.newLabel();
  });

  async function makeMember(role: "owner" | "collaborator" | "viewer"): Promise<void> {
    await stage.sql.query(
      `INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
       SELECT $1, $2, id, $3 FROM accounts.users WHERE email = 'max@example.com'
       ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role`,
      [stage.project.id, stage.organizationId, role],
    );
  }

  test("an organisation's owner sees all of it and nothing of another's", async () => {
    const entries = await stage.entries();
    assert.deepEqual([...new Set(entries.map(({ organization }) => organization))], [stage.organizationId]);
    const positions = entries.map(({ position }) => position);
    assert.deepEqual(
      positions,
      positions.toSorted((a, b) => b - a),
    );
    assert.equal((await stage.owner.call("GET", "/api/audit/?organization_id=2")).status, 404);
    assert.equal((await stage.owner.call("GET", "/api/audit/?organization_id=0")).status, 403);
  });

  test("a member sees none of it, and a project's only as its owner", async () => {
    assert.equal((await member.call("GET", "/api/audit/")).status, 403);
    const ofProject = `/api/audit/?project_id=${stage.project.id}`;
    assert.equal((await member.call("GET", ofProject)).status, 404);
    for (const role of ["viewer", "collaborator"] as const) {
      await makeMember(role);
      assert.equal((await member.call("GET", ofProject)).status, 403, role);
    }
    await makeMember("owner");
    const seen = await member.call<AuditEntry[]>("GET", ofProject);
    assert.equal(seen.status, 200);
    assert.ok(seen.body.length > 3);
    assert.ok(seen.body.every(({ project }) => project === stage.project.id));
    assert.equal((await member.call("GET", "/api/audit/verify/")).status, 403);
  });

  test("the installation's own chain is for its administrators, who see no organisation's", async () => {
    const own = await administrator.call<AuditEntry[]>("GET", "/api/audit/?organization_id=0");
    assert.equal(own.status, 200);
    assert.ok(own.body.some(({ action }) => action === "user.create"));
    const foreign = `/api/audit/?organization_id=${stage.organizationId}`;
    assert.equal((await administrator.call("GET", foreign)).status, 404);
  });

  test("filters narrow it down", async () => {
    const all = await stage.entries();
    const labels = await stage.entries("&action=annotation");
    assert.ok(labels.length > 0 && labels.length < all.length);
    assert.ok(labels.every(({ action }) => action.startsWith("annotation.")));
    const [changes, readings] = [await stage.entries("&kind=change"), await stage.entries("&kind=reading")];
    assert.ok(changes.length > 0 && changes.every(({ action }) => !action.endsWith(".read")));
    assert.ok(
      readings.length > 0 && readings.every(({ before, after }) => before === null && after === null),
    );
    const one = labels[0]!;
    assert.deepEqual(
      (await stage.entries(`&subject=${encodeURIComponent(one.subject!)}`)).map(({ position }) => position),
      [one.position],
    );
    assert.deepEqual(await stage.entries("&until=2020-01-01T00:00:00Z"), []);
    assert.deepEqual(await stage.entries("&user_id=999"), []);
    for (const since of ["yesterday", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59%2B23:59"]) {
      assert.equal((await stage.owner.call("GET", `/api/audit/?since=${since}`)).status, 400, since);
    }
  });

  test("exported lines prove themselves: each hash is that of its text after the hash before", async () => {
    // An entry that is begun before another and comes after it.
    await stage.sql.query("BEGIN");
    await stage.sql.query("UPDATE magtrace.datasets SET name = 'late' WHERE id = $1", [stage.dataset.id]);
    await stage.owner.call("PATCH", `/api/projects/${stage.project.id}/`, { name: "Early" });
    await stage.sql.query("COMMIT");

    const { body, headers } = await stage.owner.call<string>("GET", "/api/audit/export/?format=jsonl");
    assert.match(headers.get("content-disposition") ?? "", /^attachment; filename="audit \d+\.jsonl"/);
    const lines = body
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.ok(lines.length > 10);
    let previous: Buffer = createHash("sha256").digest();
    for (const [index, { position, sealed, hash }] of lines.entries()) {
      assert.equal(position, index + 1);
      previous = createHash("sha256").update(previous).update(sealed).digest();
      assert.equal(previous.toString("hex"), hash);
    }
  });

  test("in CSV no text of anybody's is a formula, unless a program asks for it", async () => {
    await stage.owner.call("PATCH", `/api/projects/${stage.project.id}/`, { name: "=1+1" });
    const path = `/api/audit/export/?subject=project%20${stage.project.id}`;
    const { body } = await stage.owner.call<string>("GET", path);
    assert.match(body.split("\r\n")[0]!, /^position,organization,project,at,action,/);
    for (const cell of body.split(/[,\r\n]/)) assert.doesNotMatch(cell, /^"?[=+@]/);
    assert.equal((await stage.owner.call("GET", `${path}&formulas=keep`)).status, 200);
  });

  test("the command line checks every chain, and says so when one is broken", async () => {
    const printed: string[] = [];
    const write = process.stdout.write;
    const run = async (...args: string[]) => {
      printed.length = 0;
      process.stdout.write = ((text: string) => printed.push(text) > 0) as typeof write;
      try {
        return await runCli(["audit", "verify", ...args], {
          DATABASE_URL: stage.installation.database.ownerUrl,
          MAGTRACE_DATA_DIR: stage.installation.dataDir,
        });
      } finally {
        process.stdout.write = write;
      }
    };
    assert.equal(await run(), 0, printed.join(""));
    const [, end = ""] = /organisation 1: .* end (\S+)/.exec(printed.join("")) ?? [];
    assert.equal(await run("--organization", "1", "--expect", end), 0, printed.join(""));
    assert.equal(await run("--organization", "1", "--expect", end.replace(/.$/, "x")), 2);
    await stage.sql.query(
      "SET session_replication_role = replica; UPDATE audit.entries SET ip = '10.0.0.1' WHERE organization_id = 1 AND ip IS NOT NULL",
    );
    assert.equal(await run(), 1);
    assert.match(printed.join(""), /FAIL {2}organisation 1: .*\n {6}\d+: altered/);
  });
});
