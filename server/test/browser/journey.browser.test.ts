import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { type SurveyEvent, simulateSurvey, surveyToCsv } from "@magtrace/geomag";
import { createRandom } from "@magtrace/signal";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import {
  type Journey,
  type JourneyFile,
  labelRecording,
  lookAtRecording,
  predictAndReview,
  setUpAndMakeProject,
  signOutAndIn,
  trainModel,
  uploadRecordings,
} from "./journey.ts";
import { openBrowser } from "./openBrowser.ts";
import { startInstallation } from "./startInstallation.ts";

const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";

function recording(day: number): JourneyFile {
  const survey = simulateSurvey({
    random: createRandom(20_260_116, day),
    durationSeconds: 900,
    sampleRateHz: 20,
  });
  const rows = survey.columns.bXNt.length;
  const events: readonly SurveyEvent[] = survey.events;
  let spikeRow: number | undefined;
  if (day === 1) {
    spikeRow = Math.floor(rows * 0.62);
    // One reading of the first component, far out of all others.
    survey.columns.bXNt[spikeRow] += 60_000;
  }
  const csv = [
    ...surveyToCsv(survey, { startTimeMs: Date.UTC(2026, 0, 15 + day, 9), sensorId: "rover-1" }),
  ].join("");
  return { name: `survey-${day}.csv`, csv, rows, events, ...(spikeRow === undefined ? {} : { spikeRow }) };
}

async function startJourney(t: TestContext): Promise<Journey & { complaints: readonly string[] }> {
  const installation = await startInstallation(temporaryFolder());
  t.after(() => installation.stop());
  const { browser, page, complaints, screenshot } = await openBrowser(executablePath);
  t.after(() => browser.close());
  page.setDefaultTimeout(60_000);
  t.after(async () => {
    if (t.passed === false) await screenshot("where-it-failed");
  });
  return {
    page,
    setupUrl: installation.setupUrl,
    train: recording(1),
    test: recording(2),
    complaints,
    screenshot,
  };
}

test("a researcher uploads, looks, labels, trains, predicts and reviews in the browser", async (t) => {
  if (!existsSync(executablePath)) {
    t.skip(`no Chromium at ${executablePath}; set CHROMIUM_PATH`);
    return;
  }
  const journey = await startJourney(t);
  await setUpAndMakeProject(journey);
  await uploadRecordings(journey);
  await lookAtRecording(journey);
  await labelRecording(journey);
  await trainModel(journey);
  await predictAndReview(journey);
  await signOutAndIn(journey);
  assert.deepEqual(journey.complaints, []);
});
