import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, ingestBytes, valuesOf } from "../support/ingestBytes.ts";

/** More than a block of text, which is 1 MiB. */
const BLOCK_ROWS = 40_000;
const X = 18_430;

/** Rows 20 ms apart whose axes are written by `cells`. */
function file(rows: number, cells: (row: number) => string, names = "Bx (nT),By (nT),Bz (nT)"): string {
  const lines = Array.from({ length: rows }, (_, row) => `${(row / 50).toFixed(2)},${cells(row)}`);
  return `timestamp_pc,${names}\n${lines.join("\n")}\n`;
}

/** A field that turns through every direction, so that any number may be a value. */
function turning(row: number): string {
  const [a, b] = [row / 1700, row / 530];
  const axes = [Math.cos(a) * Math.cos(b), Math.cos(a) * Math.sin(b), Math.sin(a)];
  return axes.map((axis) => Math.round(48_000 * axis)).join(",");
}

async function questionsOf(content: string) {
  const { outcome } = await ingestBytes(content, { threads: 0 });
  assert.ok(!outcome.ok, "accepted");
  return outcome.questions;
}

test("a code that was a value before it stood apart is asked about, and either answer is read", async () => {
  const content = file(2 * BLOCK_ROWS, (row) => {
    if (row === 700) return "-4096,20000,40000";
    return row < BLOCK_ROWS * 1.5 ? turning(row) : row % 9 === 0 ? "-4096,-4096,-4096" : "18430,-780,45319";
  });
  const [question] = await questionsOf(content);
  assert.equal(question?.subject, "missing_values");
  const [none, values] = question.choices;
  const cleared = await accepted(content, { mapping: none!.mapping });
  assert.ok(Number.isNaN((await valuesOf(cleared.series, "b_x"))[700]));
  const kept = await accepted(content, { mapping: values!.mapping });
  assert.equal((await valuesOf(kept.series, "b_x"))[700], -4096);
});

test("a code that only later rows have is cleared there, without a question", async () => {
  const content = file(2 * BLOCK_ROWS, (row) =>
    row > BLOCK_ROWS * 1.5 && row % 100 === 0 ? "99999,99999,99999" : turning(row),
  );
  const { outcome } = await accepted(content, { threads: 0 });
  const [missing] = outcome.quality.missing;
  assert.deepEqual(outcome.quality.missing.map(({ channel }) => channel).slice(0, 1), ["b_x"]);
  assert.ok(missing!.count > 150);
});

test("an instrument that was silent for the file's first blocks does not decide the unit", async () => {
  const content = file(
    3 * BLOCK_ROWS,
    (row) => (row < 2 * BLOCK_ROWS ? "0,0,0" : "18.43,-0.78,45.32"),
    "x,y,z",
  );
  const { outcome, series } = await accepted(content, { threads: 0 });
  assert.equal(outcome.source.unit, "µT");
  const x = await valuesOf(series, "b_x");
  assert.ok(Number.isNaN(x[5]) && Math.abs(x.at(-1)! - X) < 1e-6);
  assert.equal(outcome.quality.assumptions.find(({ subject }) => subject === "field_unit")?.taken, "µT");
});

test("a unit taken by the first rows that the whole file contradicts is asked", async () => {
  const content = file(
    3 * BLOCK_ROWS,
    (row) => (row < BLOCK_ROWS ? "18430.12,-780.34,45319.56" : "18.43012,-0.78034,45.31956"),
    "x,y,z",
  );
  const [question] = await questionsOf(content);
  assert.equal(question?.subject, "field_unit");
  assert.match(question.reason, /over all rows/);
  assert.ok(question.choices.some(({ mapping }) => mapping.unit === "µT"));
});

test("a file without any reading but zeros is asked about", async () => {
  const [question] = await questionsOf(file(100, () => "0,0,0"));
  assert.equal(question?.subject, "field_unit");
  assert.ok(
    (
      await accepted(
        file(100, () => "0,0,0"),
        { mapping: question.choices[0]!.mapping },
      )
    ).outcome.ok,
  );
});

test("a field of more than a tesla, or less than a picotesla, is asked about wherever the unit is from", async () => {
  const strong = file(100, () => "18.43,-0.78,45.32", "Bx (T),By (T),Bz (T)");
  const weak = file(100, () => "0.00018,-0.0000078,0.000453", "Bx (nT),By (nT),Bz (nT)");
  for (const content of [strong, weak]) assert.equal((await questionsOf(content))[0]?.subject, "field_unit");
  // Only behind the first block.
  const later = file(4 * BLOCK_ROWS, (row) => (row < BLOCK_ROWS ? turning(row) : "9e12,8e12,7e12"));
  assert.equal((await questionsOf(later))[0]?.subject, "field_unit");
});
