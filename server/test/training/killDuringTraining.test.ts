import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { TrainingSession } from "@magtrace/contracts";
import {
  createModel,
  createProject,
  label,
  modelBytes,
  ok,
  setLearningStage,
  simulateSurvey,
  startTraining,
  train,
  until,
  upload,
} from "../support/learningStage.ts";
import type { TestInstallation } from "../support/testInstallation.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A worker in a process of its own, which can be killed as a power cut kills it. */
function spawnWorker({ config, database }: TestInstallation): ChildProcess {
  const { app, accounts, queue } = database;
  const child = spawn(process.execPath, [cli, "worker", "--data-dir", config.MAGTRACE_DATA_DIR], {
    stdio: "ignore",
    env: {
      ...process.env,
      DATABASE_APP_URL: app,
      DATABASE_ACCOUNTS_URL: accounts,
      DATABASE_QUEUE_URL: queue,
      LOG_LEVEL: "fatal",
      // Another number of threads than the worker that trains undisturbed: that makes no difference either.
      WORKER_THREADS: "1",
    },
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("a session whose workers are killed with kill -9, again and again, ends with the very same model", async (t) => {
  const stage = await setLearningStage(t);
  const { ann } = stage;
  const project = await createProject(ann, "North field");
  const survey = simulateSurvey({ seed: 1, rows: 6_000 });
  const dataset = await upload(ann, project, survey.csv);
  await label(ann, dataset, survey.events);
  const model = await createModel(ann, project, { n_trees: 800, folds: 4, stride: 2 });
  const undisturbed = await train(ann, model, dataset);
  assert.equal(undisturbed.status, "completed");
  await stage.stopWorker();

  const { id } = await startTraining(ann, model, dataset);
  const path = `/api/training-sessions/${id}/`;
  const total = undisturbed.total_epochs;
  // In different folds.
  for (const share of [0.15, 0.5]) {
    const worker = spawnWorker(stage);
    const killed = await until<TrainingSession>(
      ann,
      path,
      ({ current_epoch, status }) => current_epoch >= share * total || status === "completed",
    );
    await kill(worker);
    assert.equal(killed.status, "running", "the training was over before it could be killed");
  }
  const left = await ok<TrainingSession>(ann, "GET", path);
  assert.equal(left.status, "running");

  await stage.restartWorker();
  const session = await until<TrainingSession>(ann, path);
  assert.equal(session.status, "completed", String(session.error_message));
  assert.ok((await modelBytes(stage, ann, id)).equals(await modelBytes(stage, ann, undisturbed.id)));
  assert.equal(session.lineage.model_sha256, undisturbed.lineage.model_sha256);
  assert.deepEqual(session.final_metrics, undisturbed.final_metrics);

  const messages = session.training_logs.map(({ message }) => message);
  assert.ok(messages.includes("Continued after an interruption (1)."));
  assert.ok(messages.includes("Continued after an interruption (2)."));
  assert.ok(messages.includes("Continuing from the last checkpoint."), "it began anew instead of going on");
  assert.equal(new Set(messages).size, messages.length, "a line stands in the log twice");
});
