import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { test } from "node:test";
import { childrenOf } from "../support/childrenOf.ts";
import {
  createModel,
  createProject,
  label,
  setLearningStage,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";

test("where processors are few, the api and the worker go first, then files being read, then trainings", async (t) => {
  const stage = await setLearningStage(t);
  const jobs = () => childrenOf(process.pid).filter(({ command }) => command.includes("jobProcess.ts"));
  const { ann } = stage;
  const project = await createProject(ann, "p");
  const survey = simulateSurvey({ seed: 1, rows: 1_500 });
  const dataset = await upload(ann, project, survey.csv);
  const reading = jobs();
  assert.ok(reading.length > 0);
  // Now: without another job they end.
  const ofReading = reading.map(({ pid }) => getPriority(pid));
  for (const priority of ofReading) assert.ok(priority > getPriority(), String(priority));

  await label(ann, dataset, survey.events);
  await train(ann, await createModel(ann, project, { n_trees: 1 }), dataset);
  const training = jobs().filter(({ pid }) => reading.every((other) => other.pid !== pid));
  assert.ok(training.length > 0);
  const lastOfReading = Math.max(...ofReading);
  for (const { pid } of training) assert.ok(getPriority(pid) > lastOfReading, `${pid}: ${getPriority(pid)}`);
});
