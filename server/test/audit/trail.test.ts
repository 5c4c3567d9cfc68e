import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AuditEntry, Dataset } from "@magtrace/contracts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type AuditStage, startAuditStage } from "./auditStage.ts";

describe("what is done stands in the audit", () => {
  const cleanup = suiteCleanup();
  let stage: AuditStage;

  before(async () => {
    stage = await startAuditStage(cleanup);
  });

  /** What one request left, the oldest first. */
  async function leftBy(headers: Headers): Promise<AuditEntry[]> {
    return (await stage.entries(`&request_id=${headers.get("x-request-id")}`)).reverse();
  }

  test("a reading, also where a parameter's name is none that could be stored", async () => {
    for (const name of ["%00project_id", "%ed%a0%80_id", `${"x".repeat(2_000)}_id`, "a'||'_id"]) {
      const { status, headers } = await stage.owner.call("GET", `/api/projects/?${name}=7`);
      assert.equal(status, 200, name);
      const [entry] = await leftBy(headers);
      assert.deepEqual([entry!.action, entry!.subject], ["project.read", null]);
    }
  });

  test("a change: who, with what, from where, when, in which request, before and after", async () => {
    const label = await stage.newLabel();
    const sentAt = Date.now();
    const { headers } = await stage.owner.call("PATCH", `/api/annotations/${label.id}/`, { notes: "odd" });
    const [entry, ...others] = await leftBy(headers);
    assert.deepEqual(others, []);
    assert.ok(Math.abs(Date.parse(entry!.at) - sentAt) < 60_000);
    assert.match(entry!.credential ?? "", /^token \d+$/);
    const { action, subject, project, user_name, ip, route, before, after } = entry!;
    assert.deepEqual(
      { action, subject, project, user_name, ip, route, before, after },
      {
        action: "annotation.update",
        subject: `annotation ${label.id}`,
        project: stage.project.id,
        user_name: "ada",
        ip: "127.0.0.1",
        route: `PATCH /api/annotations/${label.id}/`,
        before: { notes: "" },
        after: { notes: "odd" },
      },
    );
  });

  test("a reading: once a request, with what was asked for", async () => {
    const path = `/api/datasets/${stage.dataset.id}/data/?start_index=1&end_index=2`;
    const { headers } = await stage.owner.call("GET", path);
    const entries = await leftBy(headers);
    assert.deepEqual(
      entries.map(({ action, subject, route, project }) => ({ action, subject, route, project })),
      [
        {
          action: "dataset.read",
          subject: `dataset ${stage.dataset.id}`,
          route: `GET ${path}`,
          project: stage.project.id,
        },
      ],
    );
  });

  test("nothing of an address that its route does not understand", async () => {
    const { dataset, owner } = stage;
    const asked = `/api/datasets/${dataset.id}/data/?access_token=mgt_PLANTED&start%5Findex=1&other_id=7&end_index=2`;
    const [entry] = await leftBy((await owner.call("GET", asked)).headers);
    assert.equal(entry!.route, `GET /api/datasets/${dataset.id}/data/?start%5Findex=1&end_index=2`);
    const listed = `/api/annotations/?other_id=7&dataset_id=${dataset.id}`;
    const [second] = await leftBy((await owner.call("GET", listed)).headers);
    assert.equal(second!.subject, `dataset ${dataset.id}`);
    const plain = await owner.call("GET", `/api/projects/${stage.project.id}/?password=PLANTED`);
    const [third] = await leftBy(plain.headers);
    assert.equal(third!.route, `GET /api/projects/${stage.project.id}/`);
  });

  test("a list of everything, an export and a look into the audit are readings, too", async () => {
    for (const [path, action] of [
      ["/api/projects/", "project.read"],
      [`/api/projects/${stage.project.id}/export/`, "project.export"],
      [`/api/annotations/export/?dataset_id=${stage.dataset.id}`, "label.read"],
      ["/api/audit/", "audit.read"],
      ["/api/audit/export/", "audit.read"],
      ["/api/audit/verify/", "audit.read"],
      [`/api/organizations/${stage.organizationId}/members/`, "organization.read"],
    ] as const) {
      const { headers, status } = await stage.owner.call("GET", path);
      assert.equal(status, 200, path);
      const entries = await leftBy(headers);
      assert.deepEqual(
        entries.map((entry) => entry.action),
        [action],
        path,
      );
    }
  });

  test("an administrator's look at accounts stands in the installation's own chain", async () => {
    const root = await stage.installation.addUser({
      name: "root",
      organization: "Operations",
      role: "admin",
    });
    const { headers, status } = await root.call("GET", "/api/users/");
    assert.equal(status, 200);
    const path = `/api/audit/?organization_id=0&request_id=${headers.get("x-request-id")}`;
    const { body } = await root.call<AuditEntry[]>("GET", path);
    assert.deepEqual(
      body.map(({ action, user_name }) => [action, user_name]),
      [["installation.manage", "root"]],
    );
    // This look is a reading itself.
    const look = await root.call<AuditEntry[]>("GET", "/api/audit/?organization_id=0");
    const again = `/api/audit/?organization_id=0&request_id=${look.headers.get("x-request-id")}`;
    assert.deepEqual(
      (await root.call<AuditEntry[]>("GET", again)).body.map(({ action, organization }) => [
        action,
        organization,
      ]),
      [["audit.read", 0]],
    );
  });

  test("what is refused leaves nothing, and neither does reading one's own account", async () => {
    const label = await stage.newLabel();
    for (const [method, path, body] of [
      ["PATCH", `/api/annotations/${label.id}/`, { end_index: 1e6 }],
      ["GET", "/api/datasets/999999/", undefined],
      ["GET", "/api/me/", undefined],
    ] as const) {
      const { headers } = await stage.owner.call(method, path, body);
      assert.deepEqual(await leftBy(headers), [], path);
    }
  });

  test("a job acts on behalf of whoever asked for it, and names the request", async () => {
    const bytes = "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,2,3,4\n";
    const { body, headers } = await stage.owner.upload<Dataset>(stage.project.id, { name: "b.csv", bytes });
    const entries = await leftBy(headers);
    assert.deepEqual(
      entries.map(({ action, credential, user_name }) => [action, credential?.split(" ")[0], user_name]),
      [
        ["dataset.create", "token", "ada"],
        ["dataset.update", "job", "ada"],
        ["dataset.update", "job", "ada"],
      ],
    );
    assert.equal((entries.at(-1)!.after as { status: string }).status, "completed");
    assert.equal(entries.at(-1)!.subject, `dataset ${body.id}`);
  });

  test("many rows changed at once are one entry that counts them and tells each", async () => {
    const annotations = Array.from({ length: 250 }, () => ({
      dataset: stage.dataset.id,
      category: stage.category.id,
      start_index: 0,
      end_index: 2,
    }));
    const { headers, status } = await stage.owner.call("POST", "/api/annotations/bulk_create/", {
      annotations,
    });
    assert.equal(status, 201);
    const entries = (await leftBy(headers)).filter(({ action }) => action === "annotation.create");
    assert.equal(
      entries.reduce((sum, { count }) => sum + count, 0),
      250,
    );
    assert.equal(entries[0]!.subject, null);
  });

  test("secrets are told to have changed, never what they are", async () => {
    const made = await stage.owner.call<{ token: string; id: number }>("POST", "/api/tokens/", {
      name: "secret keeper",
      scopes: ["read"],
    });
    await sequenceAudit(stage.sql);
    const { rows } = await stage.sql.query("SELECT e::text AS text FROM audit.entries e");
    const text = rows.map((row) => row.text).join("\n");
    assert.match(text, /secret keeper/);
    assert.ok(!text.includes(made.body.token));
    const { rows: hashes } = await stage.sql.query(
      "SELECT encode(hash, 'hex') AS hash FROM accounts.api_tokens UNION ALL SELECT password FROM accounts.credentials",
    );
    assert.ok(hashes.length >= 3);
    for (const { hash } of hashes) assert.ok(!text.includes(hash));
  });

  test("every table that holds what people own or are is watched, or has a reason why not", async () => {
    const unwatched: Record<string, string> = {
      "magtrace.annotation_changes": "the history of labels, whose changes are entries themselves",
      "magtrace.interval_counts": "counted of predicted intervals, whose changes are entries themselves",
      "magtrace.segments": "made and gone with their dataset",
      "magtrace.legacy_ids": "what was made of which row of an old MagTrace, whose making is an entry itself",
      "magtrace.upload_parts": "made and gone with their upload",
      "magtrace.training_logs": "what a training says, not what anybody did",
      "accounts.verifications": "short-lived secrets of links under way",
      "accounts.used_codes":
        "codes of second factors that have been used, for as long as they could be again",
      "accounts.signing_keys": "keys made by the installation itself",
    };
    const { rows } = await stage.sql.query<{ name: string; watched: boolean }>(
      `SELECT format('%s.%s', n.nspname, c.relname) AS name,
         EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'record\\_%') AS watched
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind = 'r' AND n.nspname IN ('magtrace', 'accounts')`,
    );
    assert.ok(rows.length > 18);
    for (const { name, watched } of rows) assert.ok(watched !== name in unwatched, name);
  });
});
