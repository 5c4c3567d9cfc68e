import assert from "node:assert/strict";
import { test } from "node:test";
import { mainField } from "./mainField.ts";
import { type Survey, simulateSurvey } from "./simulateSurvey.ts";
import { surveyToCsv } from "./surveyToCsv.ts";
import { mulberry32 } from "./testing/mulberry32.ts";
import { vectorLength } from "./vector3.ts";

const sampleRateHz = 40;
const survey = simulateSurvey({ random: mulberry32(1), sampleRateHz });
const otherDay = simulateSurvey({ random: mulberry32(2), sampleRateHz });

function magnitude({ columns }: Survey): Float64Array {
  return columns.bXNt.map((x, row) => Math.hypot(x, columns.bYNt[row], columns.bZNt[row]));
}

/** Deviation of second differences: what white noise and machines have and drift, turns and sway hardly do. */
function roughness(values: Float64Array, startIndex: number, endIndex: number): number {
  let sum = 0;
  for (let row = startIndex + 2; row <= endIndex; row += 1) {
    sum += (values[row] - 2 * values[row - 1] + values[row - 2]) ** 2;
  }
  return Math.sqrt(sum / (endIndex - startIndex - 1));
}

function quietStretches({ events, columns }: Survey): { startIndex: number; endIndex: number }[] {
  const ends = [-1, ...events.map((event) => event.endIndex)];
  const starts = [...events.map((event) => event.startIndex), columns.tSeconds.length];
  return ends.map((end, index) => ({ startIndex: end + 1, endIndex: starts[index] - 1 }));
}

test("the same seed gives the same survey, another seed another one", () => {
  assert.deepEqual(simulateSurvey({ random: mulberry32(1), sampleRateHz }), survey);
  assert.notDeepEqual(otherDay.events, survey.events);
});

test("every column has a finite value in every row, at an even pace", () => {
  for (const column of Object.values(survey.columns)) {
    assert.equal(column.length, 48_000);
    assert.ok(column.every(Number.isFinite));
  }
  assert.ok(survey.columns.tSeconds.every((t, row) => t === row / sampleRateHz));
});

test("events are in order, apart, inside the survey, and of all four categories", () => {
  for (const { events } of [survey, otherDay]) {
    let previousEnd = -1;
    for (const event of events) {
      assert.ok(event.startIndex > previousEnd + 4 * sampleRateHz);
      assert.ok(event.endIndex >= event.startIndex + 2 * sampleRateHz, JSON.stringify(event));
      previousEnd = event.endIndex;
    }
    assert.ok(previousEnd < 48_000);
    for (const category of ["Motor", "Fan noise", "Anomaly", "Electrical"]) {
      assert.ok(events.filter((event) => event.category === category).length >= 8, category);
    }
  }
});

test("the magnitude is the main field's, whichever way the vehicle heads, while its components turn", () => {
  const expected = vectorLength(mainField({ latDeg: 51.53, lonDeg: 9.93, altitudeM: 160, year: 2025.8 }));
  for (const day of [survey, otherDay]) {
    const values = magnitude(day);
    for (const { startIndex, endIndex } of quietStretches(day)) {
      for (let row = startIndex; row <= endIndex; row += 1) {
        assert.ok(Math.abs(values[row] - expected) < 600, `${values[row]} nT in row ${row}, not ${expected}`);
      }
    }
    assert.ok(Math.max(...day.columns.bXNt) > 15_000);
    assert.ok(Math.min(...day.columns.bXNt) < -15_000);
  }
});

test("machines can be seen against the noise around them, the weakest too", () => {
  for (const day of [survey, otherDay]) {
    const values = [day.columns.bXNt, day.columns.bYNt, day.columns.bZNt];
    const total = (range: { startIndex: number; endIndex: number }) =>
      Math.hypot(...values.map((column) => roughness(column, range.startIndex, range.endIndex)));
    const quiet = Math.max(...quietStretches(day).map(total));
    for (const event of day.events.filter(({ category }) => category !== "Anomaly")) {
      assert.ok(
        total(event) > 1.5 * quiet,
        `${event.category} at ${event.startIndex}: ${total(event)} by ${quiet}`,
      );
    }
  }
});

test("a dipole pass stands out of the magnitude, is seconds long, and smooth", () => {
  const values = magnitude(survey);
  for (const event of survey.events.filter(({ category }) => category === "Anomaly")) {
    const seconds = (event.endIndex - event.startIndex + 1) / sampleRateHz;
    assert.ok(seconds > 2 && seconds < 8, `${seconds} s`);
    const pass = values.subarray(event.startIndex, event.endIndex + 1);
    assert.ok(Math.max(...pass) - Math.min(...pass) > 40);
    assert.ok(roughness(values, event.startIndex, event.endIndex) < 15);
  }
});

test("the other day differs in level by more than an event is strong, so levels alone mislead", () => {
  const mean = (column: Float64Array) => column.reduce((sum, value) => sum + value, 0) / column.length;
  const differences = (["bXNt", "bYNt"] as const).map((name) =>
    Math.abs(mean(survey.columns[name]) - mean(otherDay.columns[name])),
  );
  assert.ok(Math.max(...differences) > 100, `${differences}`);
  const headings = [survey, otherDay].map(({ columns }) => columns.thetaZDeg[0]);
  assert.ok(Math.abs(headings[0] - headings[1]) > 5, `${headings}`);
});

test("mains hum is where sampling folds it: 50 Hz at 40 samples a second is 10 Hz", () => {
  // No drift or sway is as fast; the strongest line of a quiet stretch's second difference is the hum.
  const [{ startIndex }] = quietStretches(survey);
  const rows = 160;
  const power = (hertz: number) => {
    let real = 0;
    let imaginary = 0;
    for (let row = 2; row < rows; row += 1) {
      const column = survey.columns.bZNt;
      const at = startIndex + row;
      const rough = column[at] - 2 * column[at - 1] + column[at - 2];
      real += rough * Math.cos((2 * Math.PI * hertz * row) / sampleRateHz);
      imaginary += rough * Math.sin((2 * Math.PI * hertz * row) / sampleRateHz);
    }
    return Math.hypot(real, imaginary);
  };
  assert.ok(power(10) > 2 * Math.max(power(7), power(8.5), power(11.5), power(13)));
});

test("one row is a survey, none is refused", () => {
  assert.equal(simulateSurvey({ random: mulberry32(1), durationSeconds: 0.02 }).columns.bXNt.length, 1);
  assert.throws(() => simulateSurvey({ random: mulberry32(1), durationSeconds: 0 }), RangeError);
  assert.throws(() => simulateSurvey({ random: mulberry32(1), durationSeconds: Number.NaN }), RangeError);
});

test("as CSV it has MagTrace's columns, a line a row, and the numbers it was made from", () => {
  const startTimeMs = Date.UTC(2025, 9, 17, 8, 30);
  const lines = [...surveyToCsv(survey, { startTimeMs, sensorId: "sim-1" })].join("").trimEnd().split("\n");
  assert.equal(lines.length, 48_001);
  assert.equal(lines[0], "timestamp_pc,b_x,b_y,b_z,lat,lon,altitude,thetax,thetay,thetaz,sensor_id");
  assert.match(lines[1], /^2025-10-17T08:30:00\.000Z,/);
  assert.match(lines[2], /^2025-10-17T08:30:00\.025Z,/);
  for (const row of [0, 1, 4095, 4096, 47_999]) {
    const cells = lines[row + 1].split(",");
    assert.equal(cells.length, 11);
    assert.ok(Math.abs(Number(cells[1]) - survey.columns.bXNt[row]) <= 0.000501);
    assert.ok(Math.abs(Number(cells[4]) - survey.columns.latDeg[row]) <= 0.000000006);
    assert.equal(cells[10], "sim-1");
  }
  assert.throws(() => [...surveyToCsv(survey, { startTimeMs, sensorId: "=1+1" })], RangeError);
});
