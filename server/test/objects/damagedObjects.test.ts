import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Dataset, ErrorBody, Prediction, TrainingSession } from "@magtrace/contracts";
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
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { untilTrue } from "../support/untilTrue.ts";

/** Far sooner than a job that is tried again and again would end: that takes minutes. */
const AT_ONCE_MS = 60_000;
/** Times written with a day and a month that could be the other way round. */
const DOUBTFUL = "time,b_x,b_y,b_z\n05/06/2026 10:00:00,1000,2000,3000\n05/06/2026 10:00:01,1000,2100,3000\n";

describe("a stored file that was damaged", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let project = 0;
  let dataset: Dataset;
  let session: TrainingSession;
  const survey = simulateSurvey({ seed: 8, rows: 2_000 });

  before(async () => {
    stage = await setLearningStage(cleanup, { UPLOAD_WAIT_SECONDS: "0" });
    project = await createProject(stage.ann, "Field");
    dataset = await uploaded(survey.csv);
    await label(stage.ann, dataset, survey.events);
    session = await train(stage.ann, await createModel(stage.ann, project, { n_trees: 3 }), dataset);
    assert.equal(session.status, "completed", String(session.error_message));
  });
  after(() => stage.resumeWorker());

  const read = async (id: number) => (await stage.ann.call<Dataset>("GET", `/api/datasets/${id}/`)).body;

  /** An upload is answered before its file is read. */
  async function begin(csv: string): Promise<Dataset> {
    const answer = await stage.ann.upload<Dataset>(project, { name: "survey.csv", bytes: csv });
    assert.equal(answer.status, 202);
    return answer.body;
  }

  async function settled(id: number): Promise<Dataset> {
    await untilTrue(async () => ["completed", "failed"].includes((await read(id)).status));
    return read(id);
  }

  const uploaded = async (csv: string) => settled((await begin(csv)).id);

  const retry = (id: number, body: object) =>
    stage.ann.call<Dataset & ErrorBody>("POST", `/api/datasets/${id}/retry/`, body);

  /** Turns one byte in the middle of a stored file round, as it was before when it is done again. */
  async function damage(table: string, column: string, id: number): Promise<void> {
    const { rows } = await stage.owner.query(`SELECT ${column} AS key FROM magtrace.${table} WHERE id = $1`, [
      id,
    ]);
    const path = join(stage.dataDir, "objects", rows[0].key);
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 0xff;
    writeFileSync(path, bytes);
  }

  test("ends a prediction at once, in words", async () => {
    await damage("training_sessions", "model_key", session.id);
    const begun = performance.now();
    const made: Prediction = await predict(stage.ann, { dataset: dataset.id, training_session: session.id });
    assert.equal(made.status, "failed");
    assert.match(String(made.error_message), /damaged.*Restore it from a backup/);
    assert.ok(performance.now() - begun < AT_ONCE_MS);
  });

  test("is answered by an error that is no attachment and not said to be compressed", async () => {
    const response = await fetch(`${stage.api.address}/api/training-sessions/${session.id}/model/`, {
      headers: { authorization: `Bearer ${stage.ann.token}`, "accept-encoding": "gzip, br" },
    });
    assert.equal(response.status, 500);
    assert.equal(response.headers.get("content-disposition"), null);
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
    assert.equal(((await response.json()) as ErrorBody).code, "damaged_object");
    await damage("training_sessions", "model_key", session.id);
    const mended = await predict(stage.ann, { dataset: dataset.id, training_session: session.id });
    assert.equal(mended.status, "completed");
  });

  test("fails its upload at once and keeps it, to be read when the file is whole again", async () => {
    await stage.stopWorker();
    const { id } = await begin(survey.csv);
    await damage("datasets", "original_key", id);
    const begun = performance.now();
    await stage.resumeWorker();
    const failed = await settled(id);
    assert.deepEqual([failed.status, failed.findings], ["failed", []]);
    assert.match(String(failed.error), /damaged/);
    assert.ok(performance.now() - begun < AT_ONCE_MS);

    await damage("datasets", "original_key", id);
    assert.equal((await retry(id, {})).status, 202);
    const done = await settled(id);
    assert.deepEqual([done.status, done.total_records, done.error], ["completed", 2_000, null]);
    const again = await retry(id, {});
    assert.deepEqual([again.status, again.body.code], [409, "conflict"]);
  });

  test("a file that was refused after its upload was answered is kept, too, and read with the answer", async () => {
    const refused = await uploaded(DOUBTFUL);
    assert.equal(refused.status, "failed");
    const [question] = refused.questions ?? [];
    assert.equal(question?.subject, "date_order");
    const viewer = await stage.addMember("looks", project, "viewer");
    const theirs = await viewer.call("POST", `/api/datasets/${refused.id}/retry/`, {});
    assert.equal(theirs.status, 403);
    const strangers = await stage.stranger.call("POST", `/api/datasets/${refused.id}/retry/`, {});
    assert.equal(strangers.status, 404);

    assert.equal((await retry(refused.id, { mapping: question!.choices[0]!.mapping })).status, 202);
    const done = await settled(refused.id);
    assert.deepEqual([done.status, done.total_records], ["completed", 2]);
    assert.equal((await stage.ann.call("DELETE", `/api/datasets/${refused.id}/`)).status, 204);
  });

  test("a labelled recording whose readings are damaged ends a training in words", async () => {
    const { rows } = await stage.owner.query(
      "SELECT object_prefix FROM magtrace.segments WHERE dataset_id = $1",
      [dataset.id],
    );
    const path = join(stage.dataDir, "objects", rows[0].object_prefix, "base.arrow");
    const bytes = readFileSync(path);
    writeFileSync(
      path,
      bytes.map((byte) => byte ^ 0xff),
    );
    const failed = await train(stage.ann, await createModel(stage.ann, project, { n_trees: 1 }), dataset);
    assert.equal(failed.status, "failed");
    assert.match(String(failed.error_message), /damaged/);
    writeFileSync(path, bytes);
  });
});
