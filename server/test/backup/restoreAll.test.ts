import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Annotation, AuditVerdict, Dataset, UserModel } from "@magtrace/contracts";
import pg from "pg";
import { chooseBackup, listBackups, type Manifest } from "../../src/backup/backupStore.ts";
import { SCHEMAS } from "../../src/backup/catalogQueries.ts";
import { lockBackups } from "../../src/backup/lockBackups.ts";
import { verifyBackup } from "../../src/backup/verifyBackup.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import type { ObjectStore } from "../../src/platform/objects/types.ts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  ok,
  predict,
  setLearningStage,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { backUp, emptyInstallation, type Keys, newKeys, restoreInto, startRestored } from "./backupStage.ts";

describe("a backup of everything", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let keys: Keys;
  let store: ObjectStore;
  let manifest: Manifest;
  let project: number;
  let model: UserModel;
  let doomed: Dataset;
  /** What was answered before the backup began. */
  const known = { datasets: [] as Dataset[], labels: [] as number[] };
  let writing = true;

  before(async () => {
    stage = await setLearningStage(cleanup);
    const { ann } = stage;
    keys = await newKeys();
    store = await openFolderObjects(temporaryFolder());
    project = await createProject(ann, "North\tfield \\. ü");
    const survey = simulateSurvey({ seed: 1 });
    const dataset = await upload(ann, project, survey.csv);
    doomed = await upload(ann, project, simulateSurvey({ seed: 3, rows: 500 }).csv, "doomed.csv");
    known.labels.push(...(await label(ann, dataset, survey.events)).map(({ id }) => id));
    known.datasets.push(dataset, doomed);
    model = await createModel(ann, project);
    assert.equal((await train(ann, model, dataset)).status, "completed");

    // Others write all the time, and remember what was answered before the backup began.
    let begun = false;
    const writes = (async () => {
      for (let n = 0; writing; n++) {
        const made = await upload(ann, project, simulateSurvey({ seed: 10 + n, rows: 300 }).csv, `${n}.csv`);
        const [event] = survey.events;
        const labels = await label(ann, dataset, [event!]);
        if (begun) continue;
        known.datasets.push(made);
        known.labels.push(...labels.map(({ id }) => id));
      }
    })();
    while (known.datasets.length < 4) await new Promise((resolve) => setTimeout(resolve, 20));
    begun = true;
    try {
      manifest = await backUp(stage, store, {
        keys,
        // Its rows are in the snapshot, and nobody speaks of its objects any more.
        onSnapshot: async () => {
          assert.equal((await ann.call("DELETE", `/api/datasets/${doomed.id}/`)).status, 204);
        },
      });
    } finally {
      writing = false;
      await writes;
    }
  });

  test("is listed as good, with what it holds, and nothing in it shows a name", async () => {
    const [entry, ...others] = await listBackups(store);
    assert.equal(others.length, 0);
    assert.equal(entry?.state, "ok");
    assert.equal(entry?.manifest?.id, manifest.id);
    assert.ok(manifest.database.rows > 100);
    assert.equal(manifest.objects.count, manifest.objects.copied);
    assert.deepEqual(manifest.objects.missing, []);
    for await (const { key, size } of store.list("")) {
      const reader = await store.open(key);
      const bytes = Buffer.from(await reader.read(0, size));
      await reader.close();
      for (const secret of ["ann@example.com", "North\tfield", "timestamp_pc", "AGE-SECRET"]) {
        assert.ok(!bytes.includes(secret), `${key} shows ${secret}`);
      }
    }
  });

  test("has every schema that migrations make", async () => {
    const { rows } = await stage.owner.query<{ nspname: string }>(
      "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')",
    );
    assert.deepEqual(rows.map(({ nspname }) => nspname).sort(), [...SCHEMAS].sort());
  });

  test("restored into an empty installation it has all that was answered before it began, and goes on", async (t) => {
    const empty = await emptyInstallation();
    const restored = await restoreInto(empty, store, { keys });
    assert.equal(restored.objects.copied, manifest.objects.count);
    const { caller, address } = await startRestored(t, empty);
    const ann = caller(stage.ann.token);
    for (const dataset of known.datasets) {
      const there = await ok<Dataset>(ann, "GET", `/api/datasets/${dataset.id}/`);
      assert.equal(there.total_records, dataset.total_records);
      const window = await fetch(`${address}/api/datasets/${dataset.id}/data/?max_points=50`, {
        headers: { authorization: `Bearer ${ann.token}`, accept: "text/csv" },
      });
      assert.equal(window.status, 200, await window.text());
    }
    const labels = await ok<Annotation[]>(
      ann,
      "GET",
      `/api/annotations/?dataset_id=${known.datasets[0]!.id}&limit=1000`,
    );
    const ids = new Set(labels.map(({ id }) => id));
    assert.deepEqual(
      known.labels.filter((id) => !ids.has(id)),
      [],
    );
    const organization = (await ok<{ organization: number }>(ann, "GET", `/api/projects/${project}/`))
      .organization;
    const verdict = await ok<AuditVerdict>(ann, "GET", `/api/audit/verify/?organization_id=${organization}`);
    assert.equal(verdict.intact, true);
    assert.ok(verdict.entries > 10);
    const prediction = await predict(ann, { dataset: known.datasets[1]!.id, model: model.id });
    assert.equal(prediction.status, "completed");
    // New numbers are new.
    const made = await upload(ann, project, simulateSurvey({ seed: 99, rows: 300 }).csv, "after.csv");
    assert.ok(known.datasets.every(({ id }) => id < made.id));
  });

  test("is refused by an installation that is not empty, or runs", async () => {
    const stillThere = join(stage.dataDir, "objects");
    const inner = await openFolderObjects(stillThere);
    await assert.rejects(restoreInto(stage, store, { keys, inner }), { code: "already_running" });
    const filled = await emptyInstallation();
    const client = new pg.Client({ connectionString: filled.database.ownerUrl });
    await client.connect();
    await client.query("INSERT INTO accounts.organizations (name, slug) VALUES ('Other', 'other')");
    await assert.rejects(restoreInto(filled, store, { keys }), { code: "conflict" });
    const { rows } = await client.query("SELECT name FROM accounts.organizations");
    assert.deepEqual(rows, [{ name: "Other" }]);
    await client.end();
  });

  test("is refused by a database of another program, whose schemas stay", async () => {
    const foreign = await emptyInstallation();
    const client = new pg.Client({ connectionString: foreign.database.ownerUrl });
    await client.connect();
    await client.query("DROP TABLE public.magtrace_migrations; DROP TABLE magtrace.projects CASCADE");
    const refused = restoreInto(foreign, store, { keys });
    await assert.rejects(refused, {
      code: "conflict",
      message: /something else than MagTrace.*schema access/,
    });
    const { rows } = await client.query("SELECT to_regclass('accounts.users') AS there");
    assert.notEqual(rows[0].there, null);
    await client.end();
  });

  test("another identity, an altered manifest and a newer version are refused in words", async () => {
    const empty = await emptyInstallation();
    await assert.rejects(restoreInto(empty, store, { keys: await newKeys() }), { code: "wrong_credentials" });
    const newer = [...manifest.migrations, { name: "9999_later.sql", sha256: "0" }];
    await assert.rejects(restoreInto(empty, store, { keys, manifest: { ...manifest, migrations: newer } }), {
      code: "invalid_config",
      message: /9999_later/,
    });
    const database = { ...manifest.database, sha256: "0" };
    await assert.rejects(restoreInto(empty, store, { keys, manifest: { ...manifest, database } }), {
      code: "damaged_object",
    });
  });

  test("a restore that breaks off leaves an empty installation, and the next one goes on where it was", async () => {
    const empty = await emptyInstallation();
    const inner = await openFolderObjects(join(empty.dataDir, "objects"));
    let writers = 0;
    const failing: ObjectStore = Object.assign(Object.create(inner) as ObjectStore, {
      exists: (key: string) => inner.exists(key),
      createWriter: async (key: string) => {
        if (++writers > 3) throw new Error("the power went");
        return inner.createWriter(key);
      },
    });
    await assert.rejects(restoreInto(empty, store, { keys, inner: failing }), /the power went/);
    const client = new pg.Client({ connectionString: empty.database.ownerUrl });
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::integer AS n FROM accounts.users");
    assert.equal(rows[0].n, 0);
    await client.end();
    const restored = await restoreInto(empty, store, { keys, inner });
    assert.ok(restored.objects.present > 0);
    assert.equal(restored.objects.present + restored.objects.copied, manifest.objects.count);
  });

  test("verify compares every table and every object, and finds a changed byte and a missing object", async () => {
    const scratch = async () => (await emptyInstallation()).database.ownerUrl;
    const verify = async () =>
      verifyBackup({
        store,
        manifest: await chooseBackup(store, undefined),
        identities: [keys.identity],
        scratchUrl: await scratch(),
        now: () => new Date(),
      });
    const verified = await verify();
    assert.deepEqual(verified.faults, []);
    assert.equal(verified.rows > 100, true);
    assert.equal(verified.objects, manifest.objects.count);
    assert.notEqual((await listBackups(store))[0]?.verifiedAt, null);
    const entries = (await Array.fromAsync(store.list("objects/"))).filter(({ key }) =>
      key.includes("/series/"),
    );
    const [first, second] = entries as [(typeof entries)[0], (typeof entries)[0]];
    const reader = await store.open(first.key);
    const bytes = await reader.read(0, first.size);
    await reader.close();
    const put = (key: string, content: Uint8Array) =>
      store.put(
        key,
        (async function* () {
          yield content;
        })(),
      );
    const changed = Uint8Array.from(bytes);
    changed[5]! ^= 1;
    await store.delete(first.key);
    await put(first.key, changed);
    await store.delete(second.key);
    const { faults } = await verify();
    assert.equal(faults.length, 2);
    assert.match(faults.join(" "), /is damaged in the backup/);
    assert.match(faults.join(" "), /is missing in the backup/);
    await assert.rejects(restoreInto(await emptyInstallation(), store, { keys }), (error: { code: string }) =>
      ["damaged_object", "not_found"].includes(error.code),
    );
  });

  test("only one backup at a time, and one that fails says so", async () => {
    const lock = await lockBackups(stage.database.ownerUrl);
    await assert.rejects(backUp(stage, store, { keys }), { code: "already_running" });
    await lock.release();
    await assert.rejects(
      backUp(stage, store, {
        keys,
        onSnapshot: async () => {
          throw new Error("the network went");
        },
      }),
      /the network went/,
    );
    const last = (await listBackups(store)).at(-1);
    assert.equal(last?.state, "failed");
    assert.equal(last?.reason, "the network went");
    assert.equal((await chooseBackup(store, undefined)).id, manifest.id);
  });
});
