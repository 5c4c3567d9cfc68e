import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, Project, TrainingSession } from "@magtrace/contracts";
import pg from "pg";
import { HostileObjects } from "../../src/platform/objects/testing/hostileObjects.ts";
import {
  createModel,
  createProject,
  label,
  predict,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import { startTestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

/** Everything the program keeps goes through a store that can do no more than S3 can. */
test("on a store without files, ingest, reading, training, prediction and a project's export and import work", async (t) => {
  const store = new HostileObjects();
  const installation = await startTestInstallation(t, { WORKER_THREADS: "2" }, { store });
  const ann = await installation.addUser({ name: "ann", organization: "First" });
  const project = await createProject(ann, "Field");
  const survey = simulateSurvey({ seed: 3, rows: 3_000 });
  const dataset = await upload(ann, project, survey.csv);
  assert.equal(dataset.processed, true);
  const original = await ann.call<string>("GET", `/api/datasets/${dataset.id}/download/`);
  assert.deepEqual([original.status, original.body === survey.csv], [200, true]);
  await label(ann, dataset, survey.events);

  const model = await createModel(ann, project, { n_trees: 6 });
  const session = await train(ann, model, dataset);
  assert.equal(session.status, "completed", String(session.error_message));
  const prediction = await predict(ann, { dataset: dataset.id, training_session: session.id });
  assert.equal(prediction.status, "completed");

  const headers = { authorization: `Bearer ${ann.token}` };
  const exported = await fetch(`${installation.api.address}/api/projects/${project}/export/`, { headers });
  assert.equal(exported.status, 200);
  const form = new FormData();
  form.set("file", new Blob([await exported.arrayBuffer()]), "field.magtrace.tar");
  const importing = await fetch(`${installation.api.address}/api/projects/import_project/`, {
    method: "POST",
    headers,
    body: form,
  });
  const imported = (await importing.json()) as Project;
  assert.equal(importing.status, 201, JSON.stringify(imported));
  const { body: copies } = await ann.call<Dataset[]>("GET", `/api/datasets/?project_id=${imported.id}`);
  const copy = await ann.call<string>("GET", `/api/datasets/${copies[0]!.id}/download/`);
  assert.equal(copy.body, survey.csv);
  const { body: sessions } = await ann.call<TrainingSession[]>(
    "GET",
    `/api/training-sessions/?project_id=${imported.id}`,
  );
  assert.deepEqual(
    sessions.map(({ status }) => status),
    ["completed"],
  );

  const owner = new pg.Client({ connectionString: installation.database.ownerUrl });
  await owner.connect();
  t.after(() => owner.end());
  const look = async () => {
    const { rows } = await owner.query<{ key: string; state: string }>(
      "SELECT key, state FROM objects.stored ORDER BY key",
    );
    const stored = [...store.bytesByKey.keys()].filter((key) => !key.startsWith("master_keys/")).sort();
    const keys = rows.map(({ key }) => key);
    return {
      keys,
      stored,
      uncommitted: rows.filter(({ state }) => state !== "committed"),
      shortLived: keys.filter((key) => /^(exports|checkpoints)\//.test(key)),
    };
  };
  let seen = await look();
  // What was needed for a moment is deleted after the answer that it was for.
  await untilTrue(async () => {
    seen = await look();
    return seen.uncommitted.length + seen.shortLived.length === 0 && `${seen.keys}` === `${seen.stored}`;
  }).catch(() => undefined);
  assert.deepEqual(seen.keys, seen.stored, "a row for each object, and an object for each row");
  assert.deepEqual([seen.uncommitted, seen.shortLived], [[], []]);
  assert.equal((await ann.call("DELETE", `/api/datasets/${dataset.id}/`)).status, 204);
  assert.equal(
    [...store.bytesByKey.keys()].some((key) => key.startsWith(`series/${dataset.id}/`)),
    false,
  );
});
