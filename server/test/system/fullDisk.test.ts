import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Annotation, Category, Dataset, ErrorBody, Project } from "@magtrace/contracts";
import pg from "pg";
import { createTokenFor } from "../../src/accounts/tokens/tokens.ts";
import { readConfig } from "../../src/config.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { connectEmbedded } from "../../src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { mountSmallDisk, type SmallDisk, skipSmallDisk } from "../support/smallDisk.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { manyRequests } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const MIB = 1024 * 1024;
const EMAIL = "root@example.com";
const PASSWORD = "a long enough password";

/** `magtrace up` on a small disk, everything it starts included. */
describe("an installation whose disk becomes full", { skip: skipSmallDisk }, () => {
  const cleanup = suiteCleanup();
  let disk: SmallDisk;
  let dataDir: string;
  let environment: Record<string, string>;
  let running: ChildProcess;
  let address = "";
  let token = "";
  let ownerUrl = "";
  let project = 0;
  let category = 0;
  const datasets: number[] = [];

  before(async () => {
    disk = mountSmallDisk(cleanup, 480);
    dataDir = join(disk.path, "data");
    environment = {
      PATH: process.env.PATH ?? "",
      MAGTRACE_DATA_DIR: dataDir,
      MAGTRACE_ADMIN_EMAIL: EMAIL,
      MAGTRACE_ADMIN_PASSWORD: PASSWORD,
      DISK_RESERVE_MIB: "96",
      DISK_RESERVE_PERCENT: "90",
      PORT: "0",
      ...manyRequests,
    };
    await start();
    cleanup.after(stop);
    ownerUrl = (await connectEmbedded(dataDir))!;
    const pool = createPool({
      url: runtimeUrls(readConfig(environment), ownerUrl).accounts,
      size: 1,
      name: "test",
    });
    token = (await createTokenFor(pool, EMAIL, { name: "test", scopes: ["read", "write", "train", "admin"] }))
      .token;
    await pool.end();
    project = (await call<Project>("POST", "/api/projects/", { name: "Survey" })).body.id;
    const { body } = await call<Category[]>("GET", `/api/label-categories/?project_id=${project}`);
    category = body[0]!.id;
  });

  async function start(): Promise<void> {
    running = spawn(process.execPath, [cli, "up"], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const said: string[] = [];
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    for (const stream of [running.stdout!, running.stderr!]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const [, found] = /runs at (http\S+)\/app\//.exec(line) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
    running.once("exit", () => reject(new Error(`it ended: ${said.join(" ")}`)));
    address = await promise;
  }

  async function stop(): Promise<void> {
    if (running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGTERM");
    await ended;
  }

  async function send<T>(method: string, path: string, body?: string | FormData) {
    const json = typeof body === "string" ? { "content-type": "application/json" } : {};
    const response = await fetch(address + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...json },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as T & ErrorBody };
  }

  const call = <T = object>(method: string, path: string, body?: object) =>
    send<T>(method, path, body && JSON.stringify(body));

  function upload(mib: number) {
    const form = new FormData();
    form.set("project", String(project));
    // Not two alike lines: what is stored is as large as what is sent.
    const lines = ["timestamp_pc,b_x,b_y,b_z"];
    for (let row = 0, bytes = 0; bytes < mib * MIB; row++) {
      const line = `${1_700_000_000 + row},${20_000 + (row % 977)}.25,${1_000 + (row % 31)}.5,${row % 7}`;
      lines.push(line);
      bytes += line.length + 1;
    }
    form.set("file", new Blob([lines.join("\n")]), "survey.csv");
    return send<Dataset>("POST", "/api/datasets/upload/", form);
  }

  const label = (start: number) =>
    call<Annotation>("POST", "/api/annotations/", {
      dataset: datasets[0],
      category,
      start_index: start,
      end_index: start + 1,
    });

  const manyLabels = () =>
    Array.from({ length: 4_000 }, (_, at) => ({
      dataset: datasets[0],
      category,
      start_index: at,
      end_index: at + 1,
    }));

  /** Without a database nobody can be told who asks, and a request with a token is refused: then there are none. */
  async function checks(): Promise<Record<string, string>> {
    const { body } = await send<{ checks?: Record<string, string> }>("GET", "/health/");
    return body.checks ?? {};
  }

  /** What is true of every refusal for want of room. */
  function assertRefused({ status, body }: { status: number; body: ErrorBody }): void {
    assert.equal(status, 507, JSON.stringify(body));
    assert.equal(body.code, "insufficient_storage");
    assert.match(body.error, /disk.*(full|no room)/);
  }

  /** Takes all the room there is. */
  function fillUp(): void {
    const file = openSync(join(disk.path, "filler"), "a");
    try {
      for (const piece of [MIB, 4_096]) {
        try {
          for (;;) writeSync(file, Buffer.alloc(piece, 1));
        } catch (error) {
          assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
        }
      }
    } finally {
      closeSync(file);
    }
  }

  test("uploads fill it up to the reserve, and are then refused in words", async () => {
    await untilTrue(async () => existsSync(join(dataDir, "ballast")));
    assert.deepEqual(await checks(), { database: "ok", objects: "ok", disk: "ok", audit: "ok" });
    for (;;) {
      const { status, body } = await upload(12);
      if (status === 507) {
        assertRefused({ status, body });
        break;
      }
      assert.ok([201, 202].includes(status), `${status} ${JSON.stringify(body)}`);
      datasets.push(body.id);
      assert.ok(datasets.length < 40, "the disk is never full");
    }
    assert.ok(datasets.length >= 2);
    // What was answered 202 waits with its file, or was read.
    await untilTrue(async () => {
      const { body } = await call<Dataset[]>("GET", `/api/datasets/?project_id=${project}`);
      return body.every(({ status }) => status === "completed" || status === "failed");
    });
    const { body } = await call<Dataset[]>("GET", `/api/datasets/?project_id=${project}`);
    for (const { status, error, sha256 } of body) {
      if (status === "failed") assert.match(String(error), /disk.*The file is kept/);
      assert.equal(sha256?.length, 64);
    }
    // The last was too large for what is left above the reserve.
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(join(disk.path, "others"), Buffer.alloc(Math.max(0, bavail * bsize - 80 * MIB), 1));
    await untilTrue(async () => (await checks()).disk === "low");
    assert.equal(body[0]!.status, "completed");
  });

  test("so are trainings, exports and many labels at once; a label, reading and signing in go on", async () => {
    const annotations = manyLabels();
    for (const refused of [
      await call("POST", "/api/training-sessions/start_training/", { model_id: 1, dataset_id: datasets[0] }),
      await call("GET", `/api/projects/${project}/export/`),
      await call("POST", "/api/annotations/bulk_create/", { annotations }),
      await call("POST", `/api/datasets/${datasets[0]}/reread/`, { mapping: {} }),
    ]) {
      assertRefused(refused);
    }
    assert.equal((await label(5)).status, 201);
    assert.equal((await call("GET", `/api/datasets/${datasets[0]}/data/?max_points=10`)).status, 200);
    const signedIn = await fetch(`${address}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: address },
      body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
    });
    assert.equal(signedIn.status, 200);
  });

  test("with nothing left and the database stopped by it, the ballast brings it back, and people can delete", async () => {
    fillUp();
    const client = new pg.Client({ connectionString: ownerUrl });
    client.on("error", () => undefined);
    await client.connect();
    // What a bulk of labels does to the database's log, past everything that we refuse.
    const growth = client.query(
      "CREATE TABLE public.growth AS SELECT n, repeat('x', 500) AS pad FROM generate_series(1, 2000000) AS n",
    );
    await assert.rejects(growth);
    await client.end().catch(() => undefined);
    await untilTrue(async () => !existsSync(join(dataDir, "ballast")));
    await untilTrue(async () => (await checks().catch(() => ({}) as never)).database === "ok");

    assert.ok(["low", "full"].includes((await checks()).disk!));
    assert.equal((await call("GET", `/api/datasets/${datasets[0]}/`)).status, 200);
    const last = datasets.pop()!;
    const deleted = await call("DELETE", `/api/datasets/${last}/`);
    assert.equal(deleted.status, 204, JSON.stringify(deleted.body));
    assert.equal((await call("GET", `/api/datasets/${last}/`)).status, 404);
  });

  test("once there is room again everything goes on, and the ballast is back", async () => {
    for (const name of ["filler", "others"]) rmSync(join(disk.path, name), { force: true });
    while (datasets.length > 1) {
      assert.equal((await call("DELETE", `/api/datasets/${datasets.pop()}/`)).status, 204);
    }
    await untilTrue(async () => existsSync(join(dataDir, "ballast")) && (await checks()).disk === "ok");
    assert.ok([201, 202].includes((await upload(1)).status));
    assert.equal(
      (await call("POST", "/api/annotations/bulk_create/", { annotations: manyLabels() })).status,
      201,
    );
    const log = readFileSync(join(dataDir, "logs", "supervisor.log"), "utf8");
    assert.match(log, /the ballast was given up/);
    assert.match(log, /the ballast was put in its place/);
  });

  test("started anew on a full disk it gives up the ballast and serves", async () => {
    await stop();
    fillUp();
    await start();
    assert.ok(!existsSync(join(dataDir, "ballast")));
    assert.equal((await call("GET", `/api/datasets/${datasets[0]}/`)).status, 200);
    assert.equal((await call("DELETE", `/api/datasets/${datasets.pop()}/`)).status, 204);
  });

  test("no start on a folder that is full, or that can only be read: status 73 in words", async () => {
    await stop();
    rmSync(join(dataDir, "ballast"), { force: true });
    fillUp();
    const up = async () => {
      const child = spawn(process.execPath, [cli, "up"], { env: environment });
      let words = "";
      child.stderr.on("data", (part) => {
        words += part;
      });
      await once(child, "close");
      return { status: child.exitCode, words };
    };
    const full = await up();
    assert.deepEqual(
      [full.status, /data folder .*: the disk is full/.test(full.words)],
      [73, true],
      full.words,
    );
    disk.remount("ro");
    const readOnly = await up();
    disk.remount("rw");
    assert.equal(readOnly.status, 73);
    assert.match(readOnly.words, /data folder .*: the file system is read-only/);
  });
});
