import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Dataset, ErrorBody } from "@magtrace/contracts";
import { createPool } from "../../src/platform/database/pool.ts";
import { loadMasterKeys, newMasterKeyLine } from "../../src/platform/objects/sealing/masterKey.ts";
import { wrapDataKey } from "../../src/platform/objects/sealing/wrappedKey.ts";
import {
  createModel,
  createProject,
  type LearningStage,
  label,
  predict,
  setLearningStage,
  simulateSurvey,
  train,
} from "../support/learningStage.ts";
import { magtrace, startMagtrace } from "../support/magtrace.ts";
import { spawnWorker } from "../support/spawnWorker.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";

/** So many that a rotation is killed in the middle. */
const MANY_ROWS = 30_000;

describe("rotating the master key of a running installation", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let project = 0;
  let environment: Record<string, string>;
  let keyFile = "";
  let firstId = "";

  before(async () => {
    stage = await setLearningStage(cleanup, { UPLOAD_WAIT_SECONDS: "60" });
    await stage.stopWorker();
    // Whose pid is asked for by the machine; its jobs run in processes of its own.
    spawnWorker(cleanup, stage.config);
    project = await createProject(stage.ann, "Field");
    environment = { MAGTRACE_DATA_DIR: stage.dataDir, DATABASE_URL: stage.database.ownerUrl };
    keyFile = join(stage.dataDir, "master.key");
    firstId = await currentId();
  });

  async function currentId(): Promise<string> {
    return (await loadMasterKeys({ keyFile, createIfMissing: false })).current.id;
  }

  async function rowsByKey(): Promise<Record<string, number>> {
    const text = "SELECT master_key_id AS id, count(*) AS n FROM objects.stored GROUP BY 1";
    const { rows } = await stage.owner.query(text);
    return Object.fromEntries(rows.map(({ id, n }) => [id, Number(n)]));
  }

  async function seedRows(): Promise<void> {
    const { current } = await loadMasterKeys({ keyFile, createIfMissing: false });
    const wrapped = Array.from({ length: MANY_ROWS }, (_, index) => {
      const key = `uploads/seeded-${index}`;
      const dataKey = { dataKey: randomBytes(32), noncePrefix: randomBytes(7) };
      return { key, ...wrapDataKey(key, dataKey, { format: 2, masterKey: current }) };
    });
    await stage.owner.query(
      `INSERT INTO objects.stored (key, state, format, size, master_key_id, nonce_prefix, wrapped_key)
       SELECT key, 'committed', 2, 1, $2, prefix, wrapped FROM unnest($1::text[], $3::bytea[], $4::bytea[]) AS s (key, prefix, wrapped)`,
      [
        wrapped.map(({ key }) => key),
        current.id,
        wrapped.map(({ noncePrefix }) => Buffer.from(noncePrefix)),
        wrapped.map(({ wrappedKey }) => Buffer.from(wrappedKey)),
      ],
    );
  }

  test("goes on where kill -9 ended it, while uploads come and go, and asks nobody to restart", async () => {
    await seedRows();
    const uploaded: { id: number; csv: string }[] = [];
    const uploading = new AbortController();
    const uploads = (async () => {
      for (let seed = 1; !uploading.signal.aborted || uploaded.length < 3; seed += 1) {
        const { csv } = simulateSurvey({ seed, rows: 200 });
        const answer = await stage.ann.upload<Dataset>(project, { name: "s.csv", bytes: csv });
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        uploaded.push({ id: answer.body.id, csv });
      }
    })();
    uploads.catch(() => undefined);
    await untilTrue(async () => uploaded.length > 0);

    const killed = startMagtrace(["keys", "rotate", "--new"], environment);
    await untilTrue(async () => Object.keys(await rowsByKey()).some((id) => id !== firstId));
    const newId = await currentId();
    assert.notEqual(newId, firstId);
    await untilTrue(async () => ((await rowsByKey())[newId] ?? 0) > 500);
    killed.child.kill("SIGKILL");
    assert.equal((await killed.ended).status, null);
    assert.ok((await rowsByKey())[firstId]! > 0, "it was killed in the middle");

    const resumed = await magtrace(["keys", "rotate", "--new"], environment);
    assert.deepEqual([resumed.status, resumed.err], [0, ""]);
    assert.match(resumed.out, /unfinished: going on with master key/);
    assert.equal(await currentId(), newId);
    uploading.abort();
    await uploads;
    const again = await magtrace(["keys", "rotate"], environment);
    assert.equal(again.status, 0);
    assert.deepEqual(Object.keys(await rowsByKey()), [newId]);
    for (const { id, csv } of uploaded) {
      const answer = await stage.ann.call<string>("GET", `/api/datasets/${id}/download/`);
      assert.deepEqual([answer.status, answer.body === csv], [200, true]);
      const chart = await stage.ann.call("GET", `/api/datasets/${id}/data/?max_points=20&format=json`);
      assert.equal(chart.status, 200);
    }
    await stage.owner.query("DELETE FROM objects.stored WHERE key LIKE 'uploads/seeded-%'");

    const listed = await magtrace(["keys", "list"], environment);
    assert.equal(listed.status, 0);
    assert.match(listed.out, new RegExp(`^ {2}${newId}: current, \\d+ objects$`, "m"));
    assert.match(listed.out, new RegExp(`^ {2}${firstId}: 0 objects, sessions and the seals`, "m"));
    assert.match(listed.out, new RegExp(`^worker \\d+ on .* seals with ${newId}`, "m"));
  });

  test("waits for a process that does not have the key, names it, and changes nothing meanwhile", async () => {
    await stage.owner.query(
      `INSERT INTO objects.key_holders (process, host, pid, identity, key_ids, current_id, looked_in)
       VALUES ('worker 7 on elsewhere x', 'elsewhere', 7, 'x', $1, $2, 'the file /etc/magtrace.key')`,
      [[firstId], firstId],
    );
    const before = await currentId();
    const refused = await magtrace(["keys", "rotate", "--new", "--wait", "1"], environment);
    assert.equal(refused.status, 75);
    const made = /Made master key (mk-[0-9a-f]{12})/.exec(refused.out)?.[1];
    assert.match(refused.err, /worker 7 on elsewhere \(it looks in the file \/etc\/magtrace\.key\)/);
    assert.match(refused.err, new RegExp(`keys rotate --to ${made}`));
    assert.equal(await currentId(), before);

    await stage.owner.query("DELETE FROM objects.key_holders WHERE host = 'elsewhere'");
    const done = await magtrace(["keys", "rotate", "--to", made!], environment);
    assert.deepEqual([done.status, done.err, await currentId()], [0, "", made]);
    const { rows } = await stage.owner.query("SELECT DISTINCT master_key_id AS id FROM objects.stored");
    assert.deepEqual(rows, [{ id: made }]);
  });

  test("a key file that is torn or lacks a needed key is not taken: what runs goes on, and doctor says so", async () => {
    const whole = readFileSync(keyFile, "utf8");
    writeFileSync(keyFile, `${await newMasterKeyLine()}\n`, { mode: 0o600 });
    const { csv } = simulateSurvey({ seed: 77, rows: 200 });
    const answer = await stage.ann.upload<Dataset>(project, { name: "s.csv", bytes: csv });
    // A process for its job may have to be started, and cannot be before the file is right again.
    assert.ok(answer.status === 201 || answer.status === 202, JSON.stringify(answer.body));
    for (const args of [["keys", "rotate"], ["sweep"], ["fsck"]]) {
      const { status, err } = await magtrace(args, environment);
      assert.equal(status, 78, args.join(" "));
      assert.ok(err.includes(keyFile) && err.includes(/^(?:#.*\n)*(mk-[^:]+)/m.exec(whole)![1]!), err);
    }
    const listed = await magtrace(["keys", "list"], environment);
    assert.equal(listed.status, 78);
    assert.match(listed.out, /mk-\S+: MISSING, needed by [1-9]\d* objects/);
    const doctor = await magtrace(["doctor"], environment);
    assert.equal(doctor.status, 1);
    assert.match(doctor.out, /^FAIL {2}keys of objects: \d+ objects need master key mk-.* not in the file /m);
    writeFileSync(keyFile, whole, { mode: 0o600 });
    assert.equal((await magtrace(["keys", "list"], environment)).status, 0);
    await untilTrue(async () => {
      const { body } = await stage.ann.call<Dataset>("GET", `/api/datasets/${answer.body.id}/`);
      return body.status === "completed";
    });
  });

  test("an object whose master key is lost names it in the api's answer and in the failure of its job", async () => {
    const survey = simulateSurvey({ seed: 5, rows: 2_000 });
    const { body: dataset } = await stage.ann.upload<Dataset>(project, { name: "s.csv", bytes: survey.csv });
    await label(stage.ann, dataset, survey.events);
    const session = await train(stage.ann, await createModel(stage.ann, project, { n_trees: 3 }), dataset);
    assert.equal(session.status, "completed", String(session.error_message));
    const lose = async (column: string, table: string, id: number) => {
      await stage.owner.query(
        `UPDATE objects.stored SET master_key_id = 'mk-lost' WHERE key = (SELECT ${column} FROM magtrace.${table} WHERE id = $1)`,
        [id],
      );
    };
    await lose("original_key", "datasets", dataset.id);
    const answer = await stage.ann.call<ErrorBody>("GET", `/api/datasets/${dataset.id}/download/`);
    assert.deepEqual([answer.status, answer.body.code], [503, "missing_master_key"]);
    assert.match(String(answer.body.error), /master key mk-lost.*MAGTRACE_MASTER_KEY/);
    await lose("model_key", "training_sessions", session.id);
    const made = await predict(stage.ann, { dataset: dataset.id, training_session: session.id });
    assert.equal(made.status, "failed");
    assert.match(String(made.error_message), /master key mk-lost/);
  });

  test("rows that somebody holds are passed over, not waited for", async () => {
    const pool = createPool({ url: stage.database.accounts, size: 2, name: "test" });
    const holder = await pool.connect();
    try {
      const lost = "UPDATE objects.stored SET master_key_id = $1 WHERE master_key_id = 'mk-lost'";
      await stage.owner.query(lost, [await currentId()]);
      const { rows } = await stage.owner.query("SELECT key FROM objects.stored ORDER BY key LIMIT 1");
      await holder.query("BEGIN");
      await holder.query("SELECT FROM objects.stored WHERE key = $1 FOR UPDATE", [rows[0].key]);
      const before = await currentId();
      const running = startMagtrace(["keys", "rotate", "--new"], environment);
      await untilTrue(async () => {
        const [held] = (
          await stage.owner.query("SELECT master_key_id AS id FROM objects.stored WHERE key = $1", [
            rows[0].key,
          ])
        ).rows;
        const others = await rowsByKey();
        const now = await currentId();
        return now !== before && held.id !== now && others[held.id] === 1;
      });
      await holder.query("COMMIT");
      const { status, err } = await running.ended;
      assert.deepEqual([status, err], [0, ""]);
      assert.deepEqual(Object.keys(await rowsByKey()), [await currentId()]);
    } finally {
      holder.release();
      await pool.end();
    }
  });
});
