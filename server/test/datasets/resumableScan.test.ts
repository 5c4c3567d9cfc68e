import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Dataset, Project, Upload } from "@magtrace/contracts";
import pg from "pg";
import { runCli } from "../../src/cli.ts";
import { type ClamdServer, skipClamd, startClamdServer } from "../support/clamdServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { TusClient } from "../support/tusClient.ts";
import { untilTrue } from "../support/untilTrue.ts";

const MARKER = "this-text-is-what-the-scanner-looks-for";
const HEADER = "timestamp_pc,b_x,b_y,b_z\n";

describe("resumable uploads where a virus scanner is configured", { skip: skipClamd }, () => {
  const cleanup = suiteCleanup();
  let clamd: ClamdServer;
  let owner: ApiCaller;
  let client: TusClient;
  let installation: TestInstallation;
  let project = 0;

  before(async () => {
    clamd = await startClamdServer(temporaryFolder(), MARKER);
    cleanup.after(() => clamd.stop());
    installation = await startTestInstallation(cleanup, {
      CLAMD_ADDRESS: clamd.address,
      INFECTED_FILES: "keep",
      UPLOAD_WAIT_SECONDS: "60",
    });
    owner = await installation.addUser({ name: "ada", organization: "North" });
    client = new TusClient(installation.api.address, owner.token!);
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
  });

  test("one whose virus lies across two requests is refused by name, and becomes no dataset", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n# ${MARKER}\n`);
    const path = await client.begin(bytes.length, { project });
    const cut = bytes.length - 20;
    assert.equal((await client.patch(path, 0, bytes.subarray(0, cut))).status, 204);
    const { status, body } = await client.patch(path, cut, bytes.subarray(cut));
    assert.deepEqual([status, body.code], [422, "infected_file"]);
    assert.match(body.error!, /found Test\.Marker/);
    assert.equal((await owner.call<Upload>("GET", path)).body.status, "failed");
    assert.deepEqual((await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project}`)).body, []);

    // Recorded with whose it is, and a sample kept, as of a plain upload.
    const database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    const { rows } = await database.query(
      `SELECT f.project_id::integer, f.found, s.organization_id = f.organization_id AS is_theirs,
         f.uploaded_by = (SELECT id FROM accounts.users WHERE email = 'ada@example.com') AS is_ada
       FROM objects.infected_files f JOIN objects.stored s ON s.key = f.sample_key AND s.key LIKE 'quarantine/%'`,
    );
    const { rows: left } = await database.query("SELECT key FROM objects.stored WHERE key LIKE 'uploads/%'");
    await database.end();
    assert.deepEqual(rows, [
      { project_id: project, found: "Test.Marker.UNOFFICIAL", is_theirs: true, is_ada: true },
    ]);
    assert.deepEqual(left, []);
  });

  test("one that comes while the scanner is away waits for it, and is not sent again", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n2,2,3,4\n`);
    const path = await client.begin(bytes.length, { project });
    await clamd.stop();
    const last = client.patch(path, 0, bytes);
    const read = async () => (await owner.call<Upload>("GET", path)).body;
    await untilTrue(async () => (await read()).status === "assembling");
    await clamd.start();
    assert.equal((await last).status, 204);
    await untilTrue(async () => (await read()).status === "completed");
  });

  test("one for which it stays away is kept unread as a dataset that fails, and is scanned and read when asked for", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n2,2,3,4\n3,2,3,4\n`);
    const path = await client.begin(bytes.length, { project });
    await clamd.stop();
    const { status, headers } = await client.patch(path, 0, bytes);
    const dataset = headers.get("dataset-location")!;
    const kept = (await owner.call<Dataset>("GET", dataset)).body;
    assert.deepEqual([status, kept.status, kept.processed], [204, "failed", false]);
    assert.match(String(kept.error), /scanner does not answer.* is kept and nothing has read it/);
    await clamd.start();
    const late = await owner.call<Dataset>("POST", `${dataset}retry/`, {});
    assert.deepEqual([late.status, late.body.status, late.body.total_records], [200, "completed", 3]);
  });

  test("one that failed through a fault of ours is listed and put together again by command", async () => {
    const bytes = Buffer.from(`${HEADER}1,2,3,4\n2,2,3,4\n`);
    const path = await client.begin(bytes.length, { project });
    const id = Number(path.split("/").at(-2));
    const read = async () => (await owner.call<Upload>("GET", path)).body;
    await installation.stopWorker();
    const last = client.patch(path, 0, bytes);
    await untilTrue(async () => (await read()).status === "assembling");
    const database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    await database.query(
      "UPDATE magtrace.uploads SET status = 'failed', code = 'dependency_unavailable', error = 'Broken.' WHERE id = $1",
      [id],
    );
    await database.end();
    assert.equal((await last).status, 503);
    const retry = (...args: string[]) =>
      runCli(["retry", ...args], {
        MAGTRACE_DATA_DIR: installation.dataDir,
        DATABASE_URL: installation.database.ownerUrl,
        DATABASE_APP_URL: installation.database.app,
        DATABASE_ACCOUNTS_URL: installation.database.accounts,
        DATABASE_QUEUE_URL: installation.database.queue,
      });
    assert.equal(await retry("--upload", String(id + 1000)), 66);
    assert.equal(await retry("--upload", String(id)), 0);
    assert.equal((await read()).status, "assembling");
    await installation.resumeWorker();
    await untilTrue(async () => (await read()).status === "completed");
    assert.equal(await retry("--upload", String(id)), 66, "it is no longer among what failed");
  });
});
