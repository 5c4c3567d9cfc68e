import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Dataset, Project, Upload } from "@magtrace/contracts";
import pg from "pg";
import { expireUploads } from "../../src/datasets/uploads/expireUploads.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { spawnApi } from "../support/spawnApi.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { TusClient } from "../support/tusClient.ts";
import { untilTrue } from "../support/untilTrue.ts";

const HEADER = "timestamp_pc,b_x,b_y,b_z\n";
const MIB = 1024 * 1024;

/** A recording of about so many bytes, each line with a text one would know again. */
function recording(bytes: number, first = 20_000): Buffer<ArrayBuffer> {
  const lines = [HEADER.trim()];
  for (let row = 0, length = 0; length < bytes; row++) {
    const line = `2026-05-01T${String(Math.floor(row / 3600) % 24).padStart(2, "0")}:${String(Math.floor(row / 60) % 60).padStart(2, "0")}:${String(row % 60).padStart(2, "0")}.${Math.floor(row / 86_400)}Z,${first + (row % 977)},-123.${row % 1013},43210.5`;
    length += line.length + 1;
    lines.push(line);
  }
  return Buffer.from(`${lines.join("\n")}\n`);
}

const MARKER = "this text is in the file and nowhere else";

/** Of which no two parts are alike, and which nobody takes long to refuse as no recording. */
function unreadable(bytes: number): Buffer<ArrayBuffer> {
  const made = Buffer.alloc(bytes);
  for (let at = 64; at + 128 < bytes; at += 128) made.write(`${MARKER} ${at}`, at);
  return made;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("a resumable upload", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let owner: ApiCaller;
  let client: TusClient;
  let projectId = 0;
  let database: pg.Client;

  before(async () => {
    installation = await startTestInstallation(cleanup);
    owner = await installation.addUser({ name: "ada", organization: "North" });
    client = new TusClient(installation.api.address, owner.token!);
    projectId = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body.id;
    database = new pg.Client({ connectionString: installation.database.ownerUrl });
    await database.connect();
    cleanup.after(() => database.end());
  });

  const objectsFolder = () => join(installation.dataDir, "objects");
  /** What lies there of one upload. */
  const partsOf = (path: string) => filesUnder(join(objectsFolder(), "partial", String(idOf(path))));
  const idOf = (path: string) => Number(path.split("/").at(-2));

  async function datasetOf(location: string | null): Promise<Dataset> {
    assert.ok(location, "it is not said where the dataset is");
    let dataset: Dataset | undefined;
    await untilTrue(async () => {
      dataset = (await owner.call<Dataset>("GET", location)).body;
      return dataset.status === "completed" || dataset.status === "failed";
    });
    return dataset!;
  }

  test("says what of the protocol it speaks to whoever asks", async () => {
    const { status, headers } = await fetch(`${installation.api.address}/api/datasets/uploads/`, {
      method: "OPTIONS",
    });
    assert.equal(status, 204);
    assert.equal(headers.get("tus-version"), "1.0.0");
    assert.match(headers.get("tus-extension")!, /creation.*termination.*expiration.*checksum/);
    const { status: old, body } = await client.send("POST", "/api/datasets/uploads/", {
      headers: { "tus-resumable": "0.2.0" },
    });
    assert.deepEqual([old, body.code], [412, "wrong_protocol"]);
  });

  test("becomes the dataset that a plain upload makes, and its parts are gone", async () => {
    const bytes = recording(100_000);
    const mapping = { unit: "nT" } as const;
    const path = await client.begin(bytes.length, {
      project: projectId,
      filename: "../a/survey.csv",
      name: "North field",
      mapping: JSON.stringify(mapping),
      sha256: sha256(bytes),
    });
    assert.equal((await client.patch(path, 0, bytes.subarray(0, 40_000))).status, 204);
    assert.equal(await client.offset(path), 40_000);
    const last = await client.patch(path, 40_000, bytes.subarray(40_000));
    assert.equal(last.status, 204, JSON.stringify(last.body));
    assert.equal(last.headers.get("upload-offset"), String(bytes.length));
    const dataset = await datasetOf(last.headers.get("dataset-location"));
    const plain = (
      await owner.upload<Dataset>(
        projectId,
        { name: "survey.csv", bytes },
        { name: "North field", mapping: JSON.stringify(mapping) },
      )
    ).body;
    const { id: _, uploaded_at: __, ...made } = dataset;
    const { id: ___, uploaded_at: ____, ...wanted } = plain;
    assert.deepEqual(made, wanted);
    assert.equal(dataset.original_name, "survey.csv");
    await untilTrue(async () => partsOf(path).length === 0);
    const { body } = await owner.call<Upload>("GET", path);
    assert.deepEqual([body.status, body.dataset], ["completed", dataset.id]);
  });

  test("takes what is packed, and what comes with its beginning", async () => {
    const bytes = Buffer.from(gzipSync(recording(50_000)));
    const { headers, status } = await client.send("POST", "/api/datasets/uploads/", {
      headers: {
        "upload-length": String(bytes.length),
        "upload-metadata": `project ${btoa(String(projectId))},filename ${btoa("a.csv.gz")}`,
        "content-type": "application/offset+octet-stream",
      },
      bytes,
    });
    assert.equal(status, 201);
    assert.equal(headers.get("upload-offset"), String(bytes.length));
    assert.equal((await datasetOf(headers.get("dataset-location"))).status, "completed");
  });

  test("that breaks off keeps what came, and nothing of it lies on the disk in the clear", async () => {
    const bytes = unreadable(20 * MIB);
    const path = await client.begin(bytes.length, { project: projectId, sha256: sha256(bytes) });
    const { sent } = await client.openPatch(path, 0, bytes.subarray(0, 13 * MIB), bytes.length);
    await untilTrue(async () => partsOf(path).length > 0);
    for (const file of filesUnder(installation.dataDir)) {
      assert.equal(contentOf(file).includes(MARKER), false, file);
    }
    sent.destroy();
    // What was on its way when the line broke may come yet; HEAD waits for what is recorded of it.
    await untilTrue(async () => (await client.offset(path)) >= 8 * MIB);
    const offset = await client.offset(path);
    assert.ok(offset <= 13 * MIB);
    const last = await client.patch(path, offset, bytes.subarray(offset));
    assert.equal(last.status, 204, JSON.stringify(last.body));
    const dataset = await datasetOf(last.headers.get("dataset-location"));
    assert.deepEqual([dataset.sha256, dataset.original_bytes], [sha256(bytes), bytes.length]);
  });

  test("goes on at another api after the first was killed -9 while it took a part", async (t) => {
    const bytes = unreadable(30 * MIB);
    const first = await spawnApi(t, installation);
    const there = client.at(first.address);
    const path = await there.begin(bytes.length, { project: projectId, sha256: sha256(bytes) });
    await there.openPatch(path, 0, bytes.subarray(0, 22 * MIB), bytes.length);
    await untilTrue(async () => (await owner.call<Upload>("GET", path)).body.offset >= 8 * MIB);
    await first.kill();
    const second = await spawnApi(t, installation);
    const offset = await client.at(second.address).offset(path);
    assert.ok(offset >= 8 * MIB && offset <= 22 * MIB && offset % (8 * MIB) === 0, String(offset));
    const last = await client.at(second.address).patch(path, offset, bytes.subarray(offset));
    assert.equal(last.status, 204, JSON.stringify(last.body));
    assert.equal((await datasetOf(last.headers.get("dataset-location"))).sha256, sha256(bytes));
  });

  test("may be one of several at once", async () => {
    const files = Array.from({ length: 6 }, (_, i) => recording(300_000, 20_000 + i * 100));
    const hashes = await Promise.all(
      files.map(async (bytes) => {
        const path = await client.begin(bytes.length, { project: projectId, sha256: sha256(bytes) });
        for (let at = 0; at < bytes.length; at += 100_000) {
          const { status, headers } = await client.patch(path, at, bytes.subarray(at, at + 100_000));
          assert.equal(status, 204);
          if (at + 100_000 >= bytes.length) return (await datasetOf(headers.get("dataset-location"))).sha256;
        }
        return null;
      }),
    );
    assert.deepEqual(hashes, files.map(sha256));
  });

  test("goes on only where it ends", async () => {
    const path = await client.begin(100, { project: projectId });
    const ten = Buffer.alloc(10, "x");
    assert.equal((await client.patch(path, 0, ten)).status, 204);
    for (const offset of [0, 9, 11]) {
      const { status, body } = await client.patch(path, offset, ten);
      assert.deepEqual([status, body.code], [409, "conflict"]);
    }
    assert.equal(await client.offset(path), 10);
    // Two requests for the same place: one goes on, the other is told.
    const both = await Promise.all([client.patch(path, 10, ten), client.patch(path, 10, ten)].map(settled));
    const [other] = both.toSpliced(both.indexOf(204), 1);
    assert.ok(both.includes(204) && (other === 0 || other === 409), both.join());
    assert.equal(await client.offset(path), 20);
    assert.equal((await client.patch(path, 20, Buffer.alloc(81))).status, 413);
    assert.equal((await client.send("DELETE", path)).status, 204);
  });

  test("whose checksum is wrong is refused in words: of one request, and of the whole", async () => {
    const bytes = recording(10_000);
    const path = await client.begin(bytes.length, { project: projectId, sha256: "0".repeat(64) });
    const wrong = `sha256 ${createHash("sha256").update("other").digest("base64")}`;
    const refused = await client.patch(path, 0, bytes, { "upload-checksum": wrong });
    assert.deepEqual([refused.status, refused.body.code], [460, "checksum_mismatch"]);
    assert.equal(await client.offset(path), 0);
    assert.equal(partsOf(path).length, 0);
    const right = `sha1 ${createHash("sha1").update(bytes).digest("base64")}`;
    const last = await client.patch(path, 0, bytes, { "upload-checksum": right });
    assert.deepEqual([last.status, last.body.code], [460, "checksum_mismatch"]);
    assert.match(last.body.error!, new RegExp(`${sha256(bytes)}.*0{64}.*send it again`));
    const { body } = await owner.call<Upload>("GET", path);
    assert.deepEqual([body.status, body.code, body.dataset], ["failed", "checksum_mismatch", null]);
    assert.equal((await client.send("HEAD", path)).status, 460);
    await untilTrue(async () => partsOf(path).length === 0);
    const { status, body: bad } = await client.create(9, { project: projectId, sha256: "abc" });
    assert.deepEqual([status, bad.code], [400, "validation_failed"]);
  });

  test("is listed and cancelled by its owner, and by nobody else", async () => {
    const named = { filename: "mine.csv", fingerprint: "1000-a" };
    const path = await client.begin(1000, { project: projectId, ...named });
    await client.patch(path, 0, Buffer.alloc(500));
    assert.equal(partsOf(path).length, 1);
    const listed = (await owner.call<Upload[]>("GET", "/api/datasets/uploads/")).body;
    const mine = listed.find(({ file_name }) => file_name === "mine.csv");
    assert.deepEqual([mine?.offset, mine?.length, mine?.status], [500, 1000, "receiving"]);
    assert.equal(mine?.fingerprint, "1000-a", "as the client gave it");
    const foreign = await installation.addUser({ name: "eve", organization: "South" });
    const colleague = await installation.addUser({
      name: "bob",
      organization: "North",
      organizationRole: "admin",
    });
    for (const other of [foreign, colleague]) {
      const theirs = new TusClient(client.address, other.token!);
      assert.equal((await theirs.send("HEAD", path)).status, 404);
      assert.equal((await theirs.patch(path, 500, Buffer.alloc(1))).status, 404);
      assert.equal((await theirs.send("DELETE", path)).status, 404);
      assert.deepEqual((await other.call("GET", "/api/datasets/uploads/")).body, []);
    }
    assert.equal((await client.send("DELETE", path)).status, 204);
    assert.equal(partsOf(path).length, 0);
    assert.equal((await client.send("HEAD", path)).status, 404);
  });

  test("is not broken off by whoever may not go on with it", async () => {
    const path = await client.begin(20, { project: projectId });
    const { sent, answered } = await client.openPatch(path, 0, Buffer.alloc(10), 20);
    // Its part has been begun, so it has the lock.
    await untilTrue(async () => filesUnder(join(objectsFolder(), ".incoming")).length > 0);
    const stranger = await installation.addUser({ name: "mallory", organization: "West" });
    const theirs = new TusClient(client.address, stranger.token!);
    assert.equal((await theirs.patch(path, 0, Buffer.alloc(1))).status, 404);
    assert.equal((await theirs.send("HEAD", path)).status, 404);
    sent.end(Buffer.alloc(10));
    assert.equal(await answered, 204);
  });

  test("is not begun by a viewer, and not gone on with by whoever may no longer write", async () => {
    const member = await installation.addUser({
      name: "may",
      organization: "North",
      organizationRole: "member",
    });
    const { rows } = await database.query("SELECT id FROM accounts.users WHERE email = 'may@example.com'");
    const memberPath = `/api/projects/${projectId}/members/${rows[0].id}/`;
    const theirs = new TusClient(client.address, member.token!);
    assert.equal((await theirs.create(10, { project: projectId })).status, 404);
    assert.ok((await owner.call("PUT", memberPath, { role: "viewer" })).status < 300);
    const viewer = await theirs.create(10, { project: projectId });
    assert.deepEqual([viewer.status, viewer.body.code], [403, "not_allowed"]);
    assert.ok((await owner.call("PUT", memberPath, { role: "collaborator" })).status < 300);
    const path = await theirs.begin(20, { project: projectId });
    assert.equal((await theirs.patch(path, 0, Buffer.alloc(5))).status, 204);
    // Also in the middle of a request: its bytes are not recorded.
    const { sent, answered } = await theirs.openPatch(path, 5, Buffer.alloc(5), 15);
    assert.ok((await owner.call("PUT", memberPath, { role: "viewer" })).status < 300);
    sent.end(Buffer.alloc(10));
    assert.equal(await answered, 403);
    assert.equal((await theirs.patch(path, 5, Buffer.alloc(5))).status, 403);
    assert.equal((await owner.call("DELETE", memberPath)).status, 204);
    assert.equal((await theirs.patch(path, 5, Buffer.alloc(5))).status, 404);
    const received = await database.query("SELECT received FROM magtrace.uploads WHERE id = $1", [
      idOf(path),
    ]);
    assert.equal(Number(received.rows[0].received), 5);
  });

  test("of which nothing comes expires: it answers 410, and the schedule leaves nothing of it", async (t) => {
    const path = await client.begin(1000, { project: projectId });
    const expires = (await client.patch(path, 0, Buffer.alloc(500))).headers.get("upload-expires");
    const inHours = (Date.parse(expires!) - Date.now()) / 3_600_000;
    assert.ok(inHours > 47 && inHours < 49, String(expires));
    const kept = await client.begin(1000, { project: projectId });
    const id = idOf(path);
    await database.query(
      "UPDATE magtrace.uploads SET updated_at = now() - interval '49 hours' WHERE id = $1",
      [id],
    );
    const asked = await client.send("HEAD", path);
    assert.deepEqual([asked.status, asked.body.code], [410, undefined]);
    const refused = await client.patch(path, 500, Buffer.alloc(1));
    assert.deepEqual([refused.status, refused.body.code], [410, "gone"]);
    const platform = await openPlatform(installation.config, "test");
    t.after(() => platform.close());
    const { accountsPool, deps } = platform;
    const expired = await expireUploads(
      { accountsPool, objects: deps.objects, log: silentLog(), keepHours: 48 },
      Date.now(),
    );
    assert.equal(expired, 1);
    assert.equal(partsOf(path).length, 0);
    assert.equal((await client.send("HEAD", path)).status, 404);
    assert.equal(await client.offset(kept), 0);
    await client.send("DELETE", kept);
  });

  test("that cannot be put together through a fault of ours is kept, and tried again", async () => {
    const bytes = recording(5_000);
    const path = await client.begin(bytes.length, { project: projectId });
    await installation.stopWorker();
    const waiting = client.patch(path, 0, bytes);
    await untilTrue(async () => (await owner.call<Upload>("GET", path)).body.status === "assembling");
    await database.query(
      "UPDATE magtrace.uploads SET status = 'failed', code = 'dependency_unavailable', error = 'Broken.' WHERE id = $1",
      [idOf(path)],
    );
    assert.equal((await waiting).status, 503);
    await installation.resumeWorker();
    const again = await client.patch(path, bytes.length, Buffer.alloc(0));
    assert.equal(again.status, 204, JSON.stringify(again.body));
    assert.equal((await datasetOf(again.headers.get("dataset-location"))).sha256, sha256(bytes));
  });

  test("whose project is deleted before it is put together says so, and is tried again once that is restored", async () => {
    const bytes = recording(5_000);
    const doomed = (await owner.call<Project>("POST", "/api/projects/", { name: "doomed" })).body.id;
    const path = await client.begin(bytes.length, { project: doomed });
    const statusOf = async () =>
      (await database.query("SELECT status, error FROM magtrace.uploads WHERE id = $1", [idOf(path)]))
        .rows[0];
    await installation.stopWorker();
    const waiting = client.patch(path, 0, bytes);
    await untilTrue(async () => (await statusOf()).status === "assembling");
    await owner.call("DELETE", `/api/projects/${doomed}/`);
    await installation.resumeWorker();
    await untilTrue(async () => (await statusOf()).status === "failed");
    assert.match((await statusOf()).error, /project was deleted/);
    assert.equal((await waiting).status, 404);
    await owner.call("POST", `/api/projects/${doomed}/restore/`);
    const again = await client.patch(path, bytes.length, Buffer.alloc(0));
    assert.equal(again.status, 204, JSON.stringify(again.body));
    assert.equal((await datasetOf(again.headers.get("dataset-location"))).sha256, sha256(bytes));
  });
});

/** Others work there meanwhile: what goes while we look is not there. */
function filesUnder(folder: string): string[] {
  return unlessGone(() => readdirSync(folder, { withFileTypes: true }), []).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}

function contentOf(file: string): Buffer {
  return unlessGone(() => readFileSync(file), Buffer.alloc(0));
}

function unlessGone<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return otherwise;
    throw error;
  }
}

async function settled(answer: Promise<{ status: number }>): Promise<number> {
  // The one that is told to give way has its connection closed.
  return (await answer.catch(() => ({ status: 0 }))).status;
}
