import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Organization, Project } from "@magtrace/contracts";
import pg from "pg";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { TusClient } from "../support/tusClient.ts";
import { untilTrue } from "../support/untilTrue.ts";

const MIB = 1024 * 1024;
const CSV = "timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,2,3,4\n";

interface Refusal {
  code: string;
  error: string;
  details: { used_bytes: number; promised_bytes: number; limit_bytes: number; bytes: number };
}

/** A recording with a comment that makes it as long as it should be. */
function padded(bytes: number): string {
  return `#${"x".repeat(bytes - CSV.length - 2)}\n${CSV}`;
}

describe("how much may be uploaded", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let admin: ApiCaller;
  let database: pg.Client;

  before(async () => {
    installation = await startTestInstallation(cleanup, {
      UPLOAD_MAX_MIB: "5",
      UPLOAD_USER_MAX_MIB: "1",
      UPLOAD_GRANTED_MAX_MIB: "3",
    });
    admin = await installation.addUser({ name: "root", organization: "Everything", role: "admin" });
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  async function settle(name: string) {
    const owner = await installation.addUser({ name, organization: `${name}'s` });
    const project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body;
    const client = new TusClient(installation.api.address, owner.token!);
    const organizationPath = `/api/organizations/${project.organization}/`;
    const read = async () => (await owner.call<Organization>("GET", organizationPath)).body;
    return { owner, project: project.id, client, organizationPath, read };
  }

  /** What the counter should say. */
  async function stored(organization: number): Promise<number> {
    const { rows } = await database.query(
      "SELECT coalesce(sum(size), 0) AS bytes FROM objects.stored WHERE organization_id = $1 AND state = 'committed'",
      [organization],
    );
    return Number(rows[0].bytes);
  }

  test("goes by what one is: users, collaborators of organisations that allow more, administrators", async () => {
    const { owner, project, client, organizationPath } = await settle("ada");
    const sizes = async () => {
      const answers = [];
      for (const mib of [1, 2, 4]) {
        const { status, body } = await client.create(mib * MIB, { project });
        answers.push(status === 201 ? status : body.code);
      }
      return answers;
    };
    assert.deepEqual(await sizes(), [201, "too_large", "too_large"]);
    const { body } = await client.create(2 * MIB, { project });
    assert.match(body.error!, /at most 1 MiB here.*admin of your organisation/);
    const plain = await owner.upload(project, { name: "a.csv", bytes: padded(2 * MIB) });
    assert.deepEqual([plain.status, plain.body.code], [413, "too_large"]);
    assert.equal((await owner.call("PATCH", organizationPath, { large_uploads: true })).status, 200);
    assert.deepEqual(await sizes(), [201, 201, "too_large"]);
    assert.equal((await owner.upload(project, { name: "a.csv", bytes: padded(2 * MIB) })).status, 201);
    const own = (await admin.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
    const theirs = new TusClient(installation.api.address, admin.token!);
    assert.equal((await theirs.create(5 * MIB, { project: own })).status, 201);
    assert.equal((await theirs.create(5 * MIB + 1, { project: own })).status, 413);
  });

  test("is bounded by what the organisation has room for, with what is under way", async () => {
    const { owner, project, client, organizationPath, read } = await settle("bob");
    const limit = (limit_bytes: number | null) =>
      admin.call<Organization>("PUT", `${organizationPath}storage/`, { limit_bytes });
    assert.equal((await owner.call("PUT", `${organizationPath}storage/`, { limit_bytes: null })).status, 403);
    assert.equal((await limit(1_000_000)).body.storage_limit_bytes, 1_000_000);
    assert.equal((await read()).storage_used_bytes, 0);
    const first = await client.begin(600_000, { project });
    const refused = await client.create(600_000, { project });
    assert.deepEqual([refused.status, refused.body.code], [413, "over_quota"]);
    assert.deepEqual(refused.body.details, {
      used_bytes: 0,
      promised_bytes: 600_000,
      limit_bytes: 1_000_000,
      bytes: 600_000,
    });
    assert.match(refused.body.error!, /stores 0 bytes of the .*no room for 585.9 KiB/);
    // What has come is no longer promised, but stored.
    await client.patch(first, 0, Buffer.alloc(300_000));
    assert.equal((await read()).storage_used_bytes, 300_000);
    assert.equal((await client.create(500_000, { project })).body.code, "over_quota");
    assert.equal((await client.send("DELETE", first)).status, 204);
    assert.equal((await read()).storage_used_bytes, 0);
    const second = await client.begin(600_000, { project });
    await client.send("DELETE", second);
    assert.equal((await limit(null)).body.storage_limit_bytes, null);
    assert.equal((await client.create(1_000_000, { project })).status, 201);
  });

  test("bounds plain uploads, too, also where the project is named behind the file", async () => {
    const { owner, project, organizationPath, read } = await settle("cay");
    const { id } = await read();
    await admin.call("PUT", `${organizationPath}storage/`, { limit_bytes: 500_000 });
    const send = async (fields: [string, string | Blob][]) => {
      const form = new FormData();
      for (const [name, value] of fields) form.append(name, value);
      const headers = { authorization: `Bearer ${owner.token}` };
      const response = await fetch(`${installation.api.address}/api/datasets/upload/`, {
        method: "POST",
        headers,
        body: form,
      });
      return { status: response.status, body: (await response.json()) as Refusal & Dataset };
    };
    const projectField: [string, string] = ["project", String(project)];
    for (const fileFirst of [true, false]) {
      const file: [string, Blob] = ["file", new Blob([padded(900_000)])];
      const { status, body } = await send(fileFirst ? [file, projectField] : [projectField, file]);
      assert.deepEqual([status, body.code], [413, "over_quota"]);
      assert.equal(body.details.limit_bytes, 500_000);
    }
    assert.equal((await read()).storage_used_bytes, 0);
    const kept = await send([["file", new Blob([padded(200_000)])], projectField]);
    assert.equal(kept.status, 201);
    const used = (await read()).storage_used_bytes;
    assert.ok(used > 200_000, String(used));
    assert.equal(used, await stored(id));
    assert.equal((await owner.call("DELETE", `/api/datasets/${kept.body.id}/`)).status, 204);
    await untilTrue(async () => (await read()).storage_used_bytes === 0);
    assert.equal(await stored(id), 0);
  });

  test("bounds project files, whether or not the organisation is named before the file", async () => {
    const { owner, organizationPath, read } = await settle("ida");
    const { id } = await read();
    await admin.call("PUT", `${organizationPath}storage/`, { limit_bytes: 500_000 });
    const organization: [string, string] = ["organization", String(id)];
    const file = (bytes: number): [string, Blob] => ["file", new Blob([Buffer.alloc(bytes)])];
    const send = async (...fields: [string, string | Blob][]) => {
      const form = new FormData();
      for (const [name, value] of fields) form.append(name, value);
      const response = await fetch(`${installation.api.address}/api/projects/import_project/`, {
        method: "POST",
        headers: { authorization: `Bearer ${owner.token}` },
        body: form,
      });
      return { status: response.status, body: (await response.json()) as Refusal };
    };
    // The last is refused by its header alone.
    for (const fields of [
      [file(600_000), organization],
      [organization, file(600_000)],
      [organization, file(3 * MIB)],
    ]) {
      const { status, body } = await send(...(fields as [string, string | Blob][]));
      assert.deepEqual([status, body.code, body.details.limit_bytes], [413, "over_quota", 500_000]);
    }
    assert.equal((await read()).storage_used_bytes, 0);
    // There is room for it, and it is no project's file.
    assert.equal((await send(organization, file(400_000))).body.code, "unreadable_file");
    await untilTrue(async () => (await read()).storage_used_bytes === 0);
  });

  test("is set for an organisation in whole bytes, by administrators of the installation with the scope for it", async () => {
    const { owner, organizationPath, read } = await settle("eli");
    const set = (caller: ApiCaller, limit_bytes: unknown, path = organizationPath) =>
      caller.call<Refusal>("PUT", `${path}storage/`, { limit_bytes });
    for (const wrong of [-1, 1.5, "much"]) {
      const { status, body } = await set(admin, wrong);
      assert.deepEqual([status, body.code], [400, "validation_failed"], String(wrong));
      assert.match(body.error, /limit_bytes must be/);
    }
    const narrow = await installation.addUser({
      name: "fay",
      organization: "Everything",
      role: "admin",
      scopes: ["read", "write", "train"],
    });
    for (const [caller, status, code] of [
      [owner, 403, "not_allowed"],
      [narrow, 403, "not_allowed"],
      [installation.caller(null), 401, "not_signed_in"],
    ] as const) {
      const answer = await set(caller, 1_000_000);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
    }
    const unknown = await set(admin, 1_000_000, "/api/organizations/999999/");
    assert.deepEqual([unknown.status, unknown.body.code], [404, "not_found"]);
    assert.match(unknown.body.error, /organi[sz]ation/);
    assert.equal((await read()).storage_limit_bytes, null);
  });

  test("is counted right by many at once", async () => {
    const { owner, project, read } = await settle("dot");
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        owner.upload<Dataset>(project, { name: `${i}.csv`, bytes: padded(50_000) }),
      ),
    );
    assert.ok(made.every(({ status }) => status === 201));
    await Promise.all(made.slice(4).map(({ body }) => owner.call("DELETE", `/api/datasets/${body.id}/`)));
    const { id, storage_used_bytes } = await read();
    assert.ok(storage_used_bytes > 200_000);
    assert.equal(storage_used_bytes, await stored(id));
  });
});
