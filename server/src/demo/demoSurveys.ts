import { simulateSurvey, surveyToCsv } from "@magtrace/geomag";
import { createRandom } from "@magtrace/signal";
import type { Recording } from "./recording.ts";

/** Two surveys of one vehicle on two days, a week apart: other course, level, drift and order of events. */
export function demoSurveys(): { train: Recording; test: Recording } {
  return {
    train: simulated(1, Date.UTC(2025, 9, 16, 8, 30)),
    test: simulated(2, Date.UTC(2025, 9, 23, 13, 5)),
  };
}

function simulated(day: number, startTimeMs: number): Recording {
  const survey = simulateSurvey({ random: createRandom(20_251_016, day) });
  return {
    name: `survey-${day}.csv`,
    file: new Blob([...surveyToCsv(survey, { startTimeMs, sensorId: "rover-1" })], { type: "text/csv" }),
    labels: survey.events,
  };
}
