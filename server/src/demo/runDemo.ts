import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Dataset, Prediction, TrainingSession } from "@magtrace/contracts";
import { scoreEvents } from "@magtrace/learn";
import { AppError } from "../errors.ts";
import { ApiClient } from "./apiClient.ts";
import { demoSurveys } from "./demoSurveys.ts";
import { describeMetrics } from "./describeMetrics.ts";
import { type FileLabel, readLabelFile } from "./labelFile.ts";
import * as loop from "./labellingLoop.ts";
import { openRecording, type Recording } from "./recording.ts";
import { type RunningInstallation, startInstallation } from "./startInstallation.ts";
import { createStepPrinter, type StepPrinter } from "./stepPrinter.ts";

export interface DemoFiles {
  readonly train: string;
  readonly labels: string;
  readonly test: string;
  readonly testLabels: string;
}

export interface DemoOptions {
  /** A running installation; one is started in a temporary folder without. */
  readonly installation: { readonly url: string; readonly token: string } | null;
  /** Real files; two surveys are simulated without. */
  readonly files: DemoFiles | null;
  /** `window` searches the second recording for events, `annotation` names its given intervals. */
  readonly unit: "window" | "annotation";
  readonly print: (line: string) => void;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  /** Event-level F1 at IoU ≥ 0.5, or with unit `annotation` the share of intervals named right. */
  readonly score: number;
}

const iou = 0.5;

/** Drives the whole loop through the HTTP interface on two recordings, printing each step with its time. */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const steps = createStepPrinter(options.print, options.nowMs);
  const { train, test } = await recordings(options, steps);
  if (options.installation !== null) return runLoop(options, { ...options.installation, train, test, steps });
  const folder = await mkdtemp(join(tmpdir(), "magtrace-demo-"));
  // Root runs PostgreSQL under another account, which must be able to pass through.
  if (process.getuid?.() === 0) await chmod(folder, 0o711);
  let running: RunningInstallation | undefined;
  try {
    const start = () => startInstallation(join(folder, "data"), options.signal);
    running = await steps.step("start MagTrace in a temporary folder", start, ({ url }) => url);
    return await runLoop(options, { ...running, train, test, steps });
  } finally {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function recordings(
  { files }: DemoOptions,
  steps: StepPrinter,
): Promise<{ train: Recording; test: Recording }> {
  const counts = ({ train, test }: { train: Recording; test: Recording }) =>
    `${train.labels.length} and ${test.labels.length} labelled stretches`;
  if (files === null) return steps.step("simulate two surveys", async () => demoSurveys(), counts);
  const open = async () => ({
    train: await openRecording(files.train, files.labels),
    test: await openRecording(files.test, files.testLabels),
  });
  return steps.step("read the files", open, counts);
}

interface Setting {
  readonly url: string;
  readonly token: string;
  readonly train: Recording;
  readonly test: Recording;
  readonly steps: StepPrinter;
}

async function runLoop(
  options: DemoOptions,
  { url, token, train, test, steps }: Setting,
): Promise<DemoResult> {
  const { signal, unit } = options;
  const deps = { api: new ApiClient({ url, token, signal }), signal };
  const readings = ({ total_records }: Dataset) => `${total_records} readings`;
  const name = `Demo ${new Date(options.nowMs()).toISOString().slice(0, 16).replace("T", " ")}`;
  const project = await steps.step(
    "create a project",
    () => loop.createProject(deps, name),
    () => name,
  );
  const first = await steps.step(`upload ${train.name}`, () => loop.upload(deps, project, train), readings);
  const made = await steps.step(
    "label it",
    () => loop.label(deps, first, train.labels),
    ({ length }) => `${length} labels`,
  );
  if (made.length !== train.labels.length) {
    throw new AppError("internal", `${train.labels.length} labels were sent and ${made.length} made.`);
  }
  const hyperparameters = { unit, seed: 0, ...(unit === "window" ? { background: true } : {}) };
  const model = await steps.step("create a model", () => loop.createModel(deps, project, hyperparameters));
  const session = await steps.step("train it", () => loop.train(deps, model, first));
  for (const line of describeMetrics(session)) steps.line(line);
  const second = await steps.step(`upload ${test.name}`, () => loop.upload(deps, project, test), readings);
  const setting = { deps, steps, second, session, test };
  return unit === "annotation" ? nameIntervals(setting) : findEvents(setting);
}

interface Second {
  readonly deps: loop.LoopDeps;
  readonly steps: StepPrinter;
  readonly second: Dataset;
  readonly session: TrainingSession;
  readonly test: Recording;
}

async function nameIntervals({ deps, steps, second, session, test }: Second): Promise<DemoResult> {
  const ask = () => loop.predict(deps, { dataset: second, session, intervals: test.labels });
  const { predictions } = await steps.step("name the given intervals", ask, intervalCount);
  if (predictions.length !== test.labels.length) {
    throw new AppError(
      "internal",
      `${test.labels.length} intervals were asked and ${predictions.length} answered.`,
    );
  }
  const right = test.labels.filter(({ category }, index) => predictions[index].category === category).length;
  const score = right / test.labels.length;
  steps.line(`accuracy ${score.toFixed(4)}`);
  return { score };
}

async function findEvents({ deps, steps, second, session, test }: Second): Promise<DemoResult> {
  const ask = () => loop.predict(deps, { dataset: second, session });
  const prediction = await steps.step("search it for events", ask, intervalCount);
  await steps.step("accept what was found", () => loop.acceptAll(deps, prediction));
  const exported = await steps.step("export the labels", () => loop.exportLabels(deps, second));
  const found = prediction.predictions.length === 0 ? [] : readLabelFile("the exported labels", exported);
  if (found.length !== prediction.predictions.length) {
    throw new AppError(
      "internal",
      `${prediction.predictions.length} intervals were accepted, ${found.length} exported.`,
    );
  }
  return { score: printEventScore(steps, found, test.labels) };
}

function printEventScore(
  steps: StepPrinter,
  found: readonly FileLabel[],
  truth: readonly FileLabel[],
): number {
  const score = scoreEvents(found, truth, iou);
  const row = (name: string, of: typeof score | (typeof score.per_category)[number]) =>
    steps.line(
      `${name.padEnd(12)} precision ${of.precision.toFixed(3)}  recall ${of.recall.toFixed(3)}  F1 ${of.f1.toFixed(3)}` +
        `  (${of.n_matched} right of ${of.n_predicted} found, ${of.n_truth} there)`,
    );
  for (const category of score.per_category) row(category.category, category);
  row("all events", score);
  return score.f1;
}

function intervalCount({ predictions }: Prediction): string {
  return `${predictions.length} intervals`;
}
