import assert from "node:assert/strict";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Dataset } from "@magtrace/contracts";
import { inTransaction, noAccess } from "../../src/platform/database/transaction.ts";
import { silentLog } from "../../src/platform/logs/log.ts";
import type { SecurityEvent } from "../../src/platform/logs/securityLog.ts";
import type { Mail } from "../../src/platform/mail/mail.ts";
import { openPlatform, type Platform } from "../../src/platform/openPlatform.ts";
import { lookAtUnreadable } from "../../src/system/objectChecks/lookAtUnreadable.ts";
import { type ScrubDeps, scrub, scrubDepsOf } from "../../src/system/objectChecks/scrub.ts";
import { readScrub } from "../../src/system/objectChecks/scrubQueries.ts";
import { startWorker } from "../../src/worker.ts";
import {
  createProject,
  type LearningStage,
  label,
  setLearningStage,
  simulateSurvey,
  upload,
} from "../support/learningStage.ts";
import { magtrace } from "../support/magtrace.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";

describe("checking what is stored", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let environment: Record<string, string>;
  let datasets: Dataset[] = [];
  let platform: Platform;

  before(async () => {
    stage = await setLearningStage(cleanup);
    environment = { MAGTRACE_DATA_DIR: stage.dataDir, DATABASE_URL: stage.database.ownerUrl };
    const project = await createProject(stage.ann, "Field");
    datasets = [];
    for (const seed of [1, 2, 3]) {
      const survey = simulateSurvey({ seed, rows: 3_000 });
      const dataset: Dataset = await upload(stage.ann, project, survey.csv);
      await label(stage.ann, dataset, survey.events);
      datasets.push(dataset);
    }
    // Nothing of the night's own work shall come in between.
    await stage.stopWorker();
    platform = await openPlatform(stage.config, "worker");
  });
  after(() => platform.close());

  const fsck = (...args: string[]) => magtrace(["fsck", ...args], environment);

  async function originalOf(index: number): Promise<{ key: string; path: string }> {
    const text = "SELECT original_key AS key FROM magtrace.datasets WHERE id = $1";
    const { rows } = await stage.owner.query(text, [datasets[index]!.id]);
    return { key: rows[0].key, path: join(stage.dataDir, "objects", rows[0].key) };
  }

  /** What a check works with, and what it told. */
  function listeningDeps() {
    const events: SecurityEvent[] = [];
    const mails: Mail[] = [];
    const mail = {
      queueMail: async () => undefined,
      queueSoon: (one: Mail) => mails.push(one),
      close: async () => undefined,
    };
    const securityLog = { write: (event: SecurityEvent) => events.push(event) };
    const deps: ScrubDeps = { ...scrubDepsOf(platform, stage.config), log: silentLog(), securityLog, mail };
    /** Once, of one damaged object, to the only administrator. */
    const toldOf = (key: string) => {
      assert.deepEqual(
        events.map(({ event, detail }) => [event, detail]),
        [["object_damaged", key]],
      );
      assert.deepEqual(
        mails.map(({ to }) => to),
        ["ann@example.com"],
      );
    };
    return { deps, mails, toldOf };
  }

  function flip(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[at]! ^= 0x10;
    writeFileSync(path, bytes);
  }

  test("a sound installation is clean, and says what was looked at", async () => {
    const whole = await fsck();
    assert.deepEqual([whole.status, whole.err], [0, ""], whole.out);
    assert.match(whole.out, /^Looked at 9 objects, [1-9] MB read, [1-9]\d* labels, [1-9]\d* entries/m);
    assert.match(whole.out, /^All is well\.$/m);
    const quick = await fsck("--quick", "--json");
    assert.equal(quick.status, 0);
    const lines = quick.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([lines.at(-1).verdict, lines.at(-1).bytes], ["clean", 0]);
  });

  test("one flipped byte is named exactly, with whose it is, and doctor lists it until it is whole again", async () => {
    const { key, path } = await originalOf(0);
    const at = 70_001;
    flip(path, at);
    assert.equal((await fsck("--quick")).status, 0, "lengths say nothing of it");
    const { status, out } = await fsck();
    assert.equal(status, 74);
    const faults = out.split("\n").filter((line) => line.startsWith("FAIL"));
    assert.deepEqual(faults, [
      `FAIL  ${key}, original of dataset ${datasets[0]!.id}: byte ${at} of the stored file is not as it was sealed.`,
    ]);
    const doctor = await magtrace(["doctor"], environment);
    assert.equal(doctor.status, 1);
    assert.match(doctor.out, new RegExp(`^FAIL {2}stored objects: 1 are damaged.*${key}.*byte ${at} `, "m"));
    flip(path, at);
    assert.equal((await fsck("--repair")).status, 0);
    assert.match((await magtrace(["doctor"], environment)).out, /^ok {4}stored objects$/m);
  });

  test("what is cut short or missing, a label beyond its recording and a changed audit are each told", async () => {
    const cut = await originalOf(1);
    const bytes = readFileSync(cut.path);
    writeFileSync(cut.path, bytes.subarray(0, bytes.byteLength - 1));
    const gone = await originalOf(2);
    renameSync(gone.path, `${stage.dataDir}/aside`);
    const id = datasets[0]!.id;
    const { rows } = await stage.owner.query(
      `UPDATE magtrace.annotations SET end_index = 3000 WHERE id = (SELECT min(id) FROM magtrace.annotations WHERE dataset_id = $1)
       RETURNING id, start_index`,
      [id],
    );
    const { status, out } = await fsck("--quick", "--repair", "--json");
    assert.equal(status, 74);
    const findings = out
      .trim()
      .split("\n")
      .flatMap((line) => JSON.parse(line).finding ?? []);
    const about = Object.fromEntries(findings.map((finding) => [finding.kind, finding]));
    assert.deepEqual(Object.keys(about).sort(), ["damaged", "label", "missing"]);
    assert.deepEqual([about.damaged.key, about.missing.key], [cut.key, gone.key]);
    assert.equal(about.missing.what, `original of dataset ${datasets[2]!.id}`);
    assert.equal(
      about.label.words,
      `Label ${rows[0].id} covers ${rows[0].start_index} to 3000 of dataset ${id}, which has 3000 readings.`,
    );
    assert.ok(readFileSync(cut.path).byteLength > 0, "a repair touches nothing that is referred to");
    renameSync(`${stage.dataDir}/aside`, gone.path);
    writeFileSync(cut.path, bytes);
    await stage.owner.query("UPDATE magtrace.annotations SET end_index = 2999 WHERE id = $1", [rows[0].id]);

    await stage.owner.query("SET session_replication_role = replica");
    const { rows: audit } = await stage.owner.query(
      `UPDATE audit.entries SET action = 'nothing' WHERE (organization_id, position) IN
         (SELECT organization_id, max(position) - 1 FROM audit.entries GROUP BY 1) RETURNING 1`,
    );
    await stage.owner.query("SET session_replication_role = DEFAULT");
    assert.ok(audit.length > 0);
    const tampered = await fsck("--quick");
    assert.equal(tampered.status, 74);
    assert.match(tampered.out, /^FAIL {2}Audit of organisation \d+, position \d+: /m);
  });

  test("orphans are listed, and swept by --repair once they are as old as the sweep wants", async () => {
    const put = async (key: string) => {
      await platform.deps.objects.put(
        key,
        (async function* () {
          yield Buffer.from("x");
        })(),
      );
    };
    await put("uploads/young-orphan");
    await put("uploads/old-orphan");
    await stage.owner.query(
      "UPDATE objects.stored SET changed_at = now() - interval '3 days' WHERE key = 'uploads/old-orphan'",
    );
    const kindsOf = (out: string) =>
      Object.fromEntries(
        out
          .trim()
          .split("\n")
          .flatMap((line) => {
            const { finding } = JSON.parse(line);
            return finding && finding.kind !== "audit" ? [[finding.key, finding.kind]] : [];
          }),
      );
    const listed = { "uploads/old-orphan": "orphan", "uploads/young-orphan": "young" };
    assert.deepEqual(kindsOf((await fsck("--json")).out), listed);
    const repaired = await fsck("--json", "--repair");
    assert.equal(JSON.parse(repaired.out.trim().split("\n").at(-1)!).sweptObjects, 1);
    assert.deepEqual(kindsOf((await fsck("--json")).out), { "uploads/young-orphan": "young" });
    assert.equal(await platform.deps.objects.exists("uploads/young-orphan"), true);
  });

  test("sweep and purge do on demand what workers do each night", async () => {
    await stage.owner.query(
      "UPDATE objects.stored SET changed_at = now() - interval '3 days' WHERE key = 'uploads/young-orphan'",
    );
    const project = await createProject(stage.ann, "Over");
    await stage.owner.query(
      "UPDATE magtrace.projects SET deleted_at = now() - interval '31 days' WHERE id = $1",
      [project],
    );
    const purged = await magtrace(["purge"], environment);
    assert.deepEqual([purged.status, purged.out], [0, "Removed 1 projects.\n"]);
    const swept = await magtrace(["sweep"], environment);
    assert.deepEqual([swept.status, swept.out], [0, "Removed 0 projects and 1 objects, 0 MB.\n"]);
    assert.equal(await platform.deps.objects.exists("uploads/young-orphan"), false);
  });

  test("what somebody could not read is looked at again, and told of once where it is damaged indeed", async () => {
    const { key, path } = await originalOf(0);
    const { deps, toldOf } = listeningDeps();
    const noted = async () => (await stage.owner.query("SELECT key FROM objects.unreadable")).rows;

    flip(path, 5);
    const { status, body } = await stage.ann.call("GET", `/api/datasets/${datasets[0]!.id}/download/`);
    assert.deepEqual([status, body.code], [500, "damaged_object"]);
    await untilTrue(async () => (await noted()).length > 0);
    assert.deepEqual(await noted(), [{ key }]);
    // Met while it was being deleted, and whole.
    const whole = (await originalOf(1)).key;
    await stage.owner.query("INSERT INTO objects.unreadable VALUES ('uploads/gone'), ($1)", [whole]);
    assert.equal(await lookAtUnreadable(deps), 1);
    assert.deepEqual(await noted(), []);
    toldOf(key);
    const { rows: known } = await stage.owner.query("SELECT key FROM objects.damage");
    assert.deepEqual(known, [{ key }]);

    await stage.owner.query("INSERT INTO objects.unreadable VALUES ($1)", [key]);
    assert.equal(await lookAtUnreadable(deps), 0, "told once");
    flip(path, 5);
    await stage.owner.query("INSERT INTO objects.unreadable VALUES ($1)", [key]);
    assert.equal(await lookAtUnreadable(deps), 0);
    const { rows: left } = await stage.owner.query("SELECT key FROM objects.damage");
    assert.deepEqual(left, []);
  });

  test("a worker does so when its turn comes", async () => {
    const { key, path } = await originalOf(0);
    flip(path, 5);
    await stage.owner.query("INSERT INTO objects.unreadable VALUES ($1)", [key]);
    const worker = await startWorker(stage.config);
    try {
      const nobodys = { organizationId: 0, projectId: 0, userId: 0, id: 0 };
      await inTransaction(platform.deps.db, noAccess, (tx) =>
        platform.deps.queue.send(tx, "look_again", nobodys),
      );
      await untilTrue(async () => {
        const { rows } = await stage.owner.query("SELECT key FROM objects.unreadable");
        return rows.length === 0;
      });
    } finally {
      await worker.stop();
      flip(path, 5);
    }
    const { rows } = await stage.owner.query("DELETE FROM objects.damage RETURNING key, fault");
    assert.deepEqual(rows, [{ key, fault: "byte 5 of the stored file is not as it was sealed." }]);
  });

  test("a scrub reads its share, goes on where it ended, and tells of damage once", async () => {
    const { key, path } = await originalOf(0);
    flip(path, 5);
    const { deps, mails, toldOf } = listeningDeps();
    const { accountsPool } = deps;
    const { rows } = await stage.owner.query("SELECT count(*) AS n FROM objects.stored");
    const before = await readScrub(accountsPool);
    let objects = 0;
    let nights = 0;
    for (; (await readScrub(accountsPool)).lastRoundEndedAt === null; nights += 1) {
      const night = await scrub(deps, { percent: 30 });
      assert.ok(night.objects < Number(rows[0].n), "a part of all");
      objects += night.objects;
    }
    assert.equal(before.afterKey, "");
    assert.equal(objects, Number(rows[0].n), "each once");
    assert.ok(nights >= 2);
    toldOf(key);
    assert.match(
      mails[0]!.text,
      new RegExp(`- original of dataset ${datasets[0]!.id}: byte 5 of the stored file`),
    );
    assert.equal((await scrub(deps, { percent: 100 })).damaged, 0, "told once");
    flip(path, 5);
    await scrub(deps, { percent: 100 });
    const { rows: known } = await stage.owner.query("SELECT key FROM objects.damage");
    assert.deepEqual(known, []);
    assert.deepEqual(await scrub(deps, { percent: 0 }), { objects: 0, bytes: 0, damaged: 0 });
  });
});
