import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Dataset, ErrorBody, Project } from "@magtrace/contracts";
import pg from "pg";
import { runCli } from "../../src/cli.ts";
import { type ClamdServer, EICAR, skipClamd, startClamdServer } from "../support/clamdServer.ts";
import { type MailServer, startMailServer } from "../support/mailServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

const MARKER = "this-text-is-what-the-scanner-looks-for";
const HEADER = "timestamp_pc,b_x,b_y,b_z\n";
const MIB = 1024 * 1024;

describe("uploads where a virus scanner is configured", { skip: skipClamd }, () => {
  const cleanup = suiteCleanup();
  let clamd: ClamdServer;
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project: Project;

  before(async () => {
    clamd = await startClamdServer(temporaryFolder(), MARKER);
    cleanup.after(() => clamd.stop());
    installation = await startTestInstallation(cleanup, {
      CLAMD_ADDRESS: clamd.address,
      CLAMD_STREAM_MAX_MIB: "1",
    });
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
  });

  const upload = (bytes: Uint8Array | string) => owner.upload<Dataset>(project.id, { name: "a.csv", bytes });

  async function assertNothingKept(): Promise<void> {
    const { body } = await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project.id}`);
    assert.deepEqual(body, []);
    const objects = readdirSync(join(installation.dataDir, "objects"), {
      recursive: true,
      withFileTypes: true,
    });
    assert.deepEqual(
      objects
        .filter((entry) => entry.isFile() && entry.parentPath.includes("uploads"))
        .map(({ name }) => name),
      [],
    );
  }

  test("an infected file is refused by name and leaves nothing, packed or not", async () => {
    for (const bytes of [EICAR, gzipSync(EICAR), `${HEADER}1,2,3,4\n# ${MARKER}\n`]) {
      const { status, body } = await upload(bytes);
      assert.equal(status, 422);
      const { code, error } = body as unknown as { code: string; error: string };
      assert.equal(code, "infected_file");
      assert.match(error, /found (Eicar|Test\.Marker)/);
      await assertNothingKept();
    }
    const log = readFileSync(join(installation.dataDir, "logs", "security.log"), "utf8");
    assert.match(log, / event=scan_hit ip=127\.0\.0\.1 /);
  });

  test("so is a project's file", async () => {
    const form = new FormData();
    form.set("file", new Blob([EICAR]), "x.magtrace.tar");
    const response = await fetch(`${installation.api.address}/api/projects/import_project/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}` },
      body: form,
    });
    assert.equal(response.status, 422);
    assert.equal(((await response.json()) as { code: string }).code, "infected_file");
  });

  test("in a file longer than the scanner takes at once, nothing hides where it is cut", async () => {
    for (const at of [MIB - 20, 1_800_000 - 20, 3 * MIB - 200]) {
      const bytes = Buffer.alloc(3 * MIB, "1,2,3,4\n");
      bytes.write(MARKER, at);
      const { status, body } = await upload(bytes);
      assert.deepEqual(
        [status, (body as unknown as { code: string }).code],
        [422, "infected_file"],
        String(at),
      );
    }
    await assertNothingKept();
  });

  test("a text at the end of 20 MB is found, plain and packed", async () => {
    const bytes = Buffer.alloc(20 * MIB, "1,2,3,4\n");
    bytes.write(EICAR, bytes.length - EICAR.length);
    for (const sent of [bytes, gzipSync(bytes)]) {
      const { status, body } = await upload(sent);
      assert.deepEqual([status, (body as unknown as ErrorBody).code], [422, "infected_file"]);
    }
    await assertNothingKept();
  });
});

/** One installation for all the ways in which there is no verdict, and for samples and mails. */
describe("uploads where the virus scanner may fail", { skip: skipClamd }, () => {
  const cleanup = suiteCleanup();
  let clamd: ClamdServer;
  let mailServer: MailServer;
  let installation: TestInstallation;
  let owner: ApiCaller;
  let project: Project;

  before(async () => {
    clamd = await startClamdServer(temporaryFolder(), MARKER);
    cleanup.after(() => clamd.stop());
    mailServer = await startMailServer(cleanup);
    installation = await startTestInstallation(cleanup, {
      CLAMD_ADDRESS: clamd.socketPath,
      // More than the daemon takes.
      CLAMD_STREAM_MAX_MIB: "2",
      CLAMD_TIMEOUT_SECONDS: "2",
      INFECTED_FILES: "keep",
      UPLOAD_WAIT_SECONDS: "60",
      LOG_LEVEL: "warn",
      SMTP_URL: mailServer.url,
      MAIL_FROM: "MagTrace <magtrace@example.com>",
    });
    owner = await installation.addUser({ name: "ada", organization: "North" });
    project = (await owner.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
  });

  const clean = `${HEADER}1,2,3,4\n2,2,3,4\n`;
  const upload = (bytes: Uint8Array | string) =>
    owner.upload<Dataset & ErrorBody>(project.id, { name: "a.csv", bytes });
  const read = async (id: number) => (await owner.call<Dataset>("GET", `/api/datasets/${id}/`)).body;
  const retry = (id: number) => owner.call<Dataset>("POST", `/api/datasets/${id}/retry/`, {});
  const queried = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: installation.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query<Row>(text, values);
    await client.end();
    return rows;
  };
  const storedUnder = async (prefix: string) => {
    const text = "SELECT key FROM objects.stored WHERE starts_with(key, $1)";
    return (await queried<{ key: string }>(text, [prefix])).map(({ key }) => key);
  };

  /** The number of the dataset that was refused and kept. */
  async function keptOf({ status, body }: Awaited<ReturnType<typeof upload>>): Promise<number> {
    assert.deepEqual([status, body.code], [503, "dependency_unavailable"]);
    const { dataset } = body.details as { dataset: number };
    const kept = await read(dataset);
    assert.deepEqual([kept.status, kept.processed, kept.error], ["failed", false, body.error]);
    assert.match(body.error, /is kept and nothing has read it/);
    assert.equal((await owner.call("GET", `/api/datasets/${dataset}/download/`)).status, 409);
    return dataset;
  }

  test("while it is down a file is refused and kept; asked for too early it says so; with it, it is read", async () => {
    await clamd.stop();
    const id = await keptOf(await upload(clean));
    const early = await retry(id);
    assert.deepEqual([early.status, early.body.status], [202, "failed"]);
    assert.match(String(early.body.error), /does not answer/);
    await clamd.start();
    const late = await retry(id);
    assert.deepEqual([late.status, late.body.status, late.body.total_records], [200, "completed", 2]);
  });

  test("one that was kept and turns out infected is refused then, and its sample kept apart", async () => {
    await clamd.stop();
    const id = await keptOf(await upload(`${HEADER}1,2,3,4\n# ${MARKER}\n`));
    await clamd.start();
    const answer = await retry(id);
    assert.deepEqual([answer.body.status, answer.body.processed], ["failed", false]);
    assert.match(String(answer.body.error), /found Test\.Marker.* not kept/);
    assert.equal((await retry(id)).status, 409);
    const log = readFileSync(join(installation.dataDir, "logs", "security.log"), "utf8");
    assert.match(log, / event=scan_hit .* detail=sha256:[0-9a-f]{64}/);
    await untilTrue(async () => (await storedUnder("quarantine/")).length === 1);
  });

  test("an infected file leaves a sealed sample, an entry in the audit, and mails to those who administer", async () => {
    await installation.addUser({ name: "bea", organization: "North", organizationRole: "admin" });
    await installation.addUser({ name: "cay", organization: "North", organizationRole: "member" });
    const samples = (await storedUnder("quarantine/")).length;
    assert.equal((await upload(EICAR)).status, 422);
    assert.equal((await storedUnder("quarantine/")).length, samples + 1);
    const records = await queried(
      "SELECT project_id::int AS project, file_name, bytes::int FROM objects.infected_files WHERE found ILIKE $1",
      ["%eicar%"],
    );
    assert.deepEqual(records, [{ project: project.id, file_name: "a.csv", bytes: EICAR.length }]);
    const isOfThis = ({ text }: { text: string }) => text.includes("Eicar");
    await untilTrue(async () => mailServer.received.filter(isOfThis).length === 2);
    const mails = mailServer.received.filter(isOfThis);
    assert.deepEqual(mails.flatMap(({ to }) => to).sort(), ["ada@example.com", "bea@example.com"]);
    await untilTrue(async () => {
      const { body } = await owner.call<{ action: string; user: number }[]>("GET", "/api/audit/?limit=100");
      return JSON.stringify(body).includes("infected_file.create");
    });
    const raw = readdirSync(join(installation.dataDir, "objects"), { recursive: true, withFileTypes: true });
    for (const entry of raw.filter((each) => each.isFile())) {
      assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes("EICAR-STANDARD"), entry.name);
    }
  });

  test("a daemon that says nothing, one that says something else, and one that takes less are told apart", async () => {
    clamd.pause();
    const silent = await upload(clean);
    clamd.resume();
    await keptOf(silent);
    assert.match(silent.body.error, /does not answer/);

    const tooLong = await upload(Buffer.concat([Buffer.from(HEADER), Buffer.alloc(1.5 * MIB, "1,2,3,4\n")]));
    await keptOf(tooLong);
    assert.match(tooLong.body.error, /CLAMD_STREAM_MAX_MIB must be no more than StreamMaxLength/);

    // Something else listens where the daemon did.
    await clamd.stop();
    rmSync(clamd.socketPath, { force: true });
    const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    other.listen(clamd.socketPath);
    await once(other, "listening");
    const odd = await upload(clean);
    other.close();
    await keptOf(odd);
    assert.match(odd.body.error, /answered without saying/);
    rmSync(clamd.socketPath, { force: true });
    await clamd.start();
  });

  test("a project's file that nobody could scan is refused and not kept", async () => {
    await clamd.stop();
    const before = await storedUnder("uploads/");
    const form = new FormData();
    form.set("file", new Blob(["x"]), "x.magtrace.tar");
    const response = await fetch(`${installation.api.address}/api/projects/import_project/`, {
      method: "POST",
      headers: { authorization: `Bearer ${owner.token}` },
      body: form,
    });
    assert.equal(response.status, 503);
    assert.match(((await response.json()) as ErrorBody).error, /was not kept/);
    assert.deepEqual(await storedUnder("uploads/"), before);
    await clamd.start();
  });

  test("all that was kept is read by one command", async () => {
    const failed = async () => {
      const { body } = await owner.call<Dataset[]>("GET", `/api/datasets/?project_id=${project.id}`);
      // The infected one has nothing to be read; the long one is too long for the daemon still.
      return body.filter(
        ({ status, error }) => status === "failed" && /nothing has read it/.test(`${error}`),
      );
    };
    assert.ok((await failed()).length >= 3);
    const environment = {
      MAGTRACE_DATA_DIR: installation.dataDir,
      DATABASE_URL: installation.database.ownerUrl,
      DATABASE_APP_URL: installation.database.app,
      DATABASE_ACCOUNTS_URL: installation.database.accounts,
      DATABASE_QUEUE_URL: installation.database.queue,
    };
    assert.equal(await runCli(["retry", "--all"], environment), 0);
    await untilTrue(async () => (await failed()).length === 1);
    const [long] = await failed();
    assert.match(String(long?.error), /StreamMaxLength/);
  });
});
