import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnMapping } from "@magtrace/contracts";
import { accepted, ingestBytes, valuesOf } from "../support/ingestBytes.ts";

const AXES = [18.43, -0.78, 45.32] as const;

function file(names: readonly string[], cells: readonly string[], above = ""): string {
  const rows = Array.from({ length: 30 }, (_, i) => [(i / 50).toFixed(2), ...cells].join(","));
  return `${above}${["timestamp_pc", ...names].join(",")}\n${rows.join("\n")}\n`;
}

async function axesOf(content: string, mapping?: ColumnMapping): Promise<number[]> {
  const { series } = await accepted(content, mapping === undefined ? {} : { mapping });
  const columns = await Promise.all(["b_x", "b_y", "b_z"].map((axis) => valuesOf(series, axis)));
  return columns.map((values) => Number(values[0]!.toFixed(3)));
}

async function questionOf(content: string) {
  const { outcome } = await ingestBytes(content);
  assert.ok(!outcome.ok, "accepted");
  return outcome.questions[0]!;
}

test("a unit is found wherever it stands in an axis' name", async () => {
  for (const form of [
    "B@ [uT]",
    "mag_@_uT",
    "magnetometer_uT_@",
    "uT_@",
    "mag.@.uT",
    "mag@_uT_cal",
    "B@uT",
    "B@ <uT>",
    "B@ (μT)",
    "B@ (Î¼T)",
    "B@/microTesla",
  ]) {
    const names = ["x", "y", "z"].map((axis) => form.replace("@", axis));
    assert.deepEqual(await axesOf(file(names, AXES.map(String))), [18430, -780, 45320], form);
  }
  const tesla = AXES.map((axis) => (axis * 1e-6).toExponential(6));
  assert.deepEqual(await axesOf(file(["Bx (T)", "By (T)", "Bz (T)"], tesla)), [18430, -780, 45320]);
  const mixed = file(["Bx (nT)", "By (uT)", "Bz (nT)"], ["18430", "-0.78", "45320"]);
  assert.deepEqual(await axesOf(mixed), [18430, -780, 45320]);
});

test("counts whose scale a line above names are asked about, with the factor", async () => {
  const names = ["mag_x", "mag_y", "mag_z"];
  const counts = file(names, ["201", "-9", "494"], "# HMC5883L, 1090 LSB/Gauss\n");
  const question = await questionOf(counts);
  assert.equal(question.subject, "field_unit");
  const [x] = await axesOf(counts, question.choices[0]!.mapping);
  assert.ok(Math.abs(x! - (201 * 1e5) / 1090) < 0.01);
  const resolution = await questionOf(file(names, ["201", "-9", "494"], "# resolution: 0.92 mG per count\n"));
  assert.ok(Math.abs(resolution.choices[0]!.mapping.factor! - 92) < 1e-9);
});

test("whole numbers that would be mG are asked about: they may be counts", async () => {
  const names = ["mag_x", "mag_y", "mag_z"];
  const { reason, choices } = await questionOf(file(names, ["201", "-9", "494"]));
  assert.match(reason, /counts/);
  assert.ok(choices.some(({ mapping }) => mapping.unit === "mG"));
  assert.ok(choices.some(({ mapping }) => mapping.factor !== undefined));
  assert.deepEqual(await axesOf(file(names, ["184.3", "-7.8", "453.2"])), [18430, -780, 45320]);
  const mavlink = ["xacc", "yacc", "zacc", "xmag", "ymag", "zmag"];
  assert.deepEqual(await axesOf(file(mavlink, ["1", "2", "-981", "184", "-8", "453"])), [18400, -800, 45300]);
});

test("a number per count is no unit of a field", async () => {
  await questionOf(file(["Bx (uT/LSB)", "By (uT/LSB)", "Bz (uT/LSB)"], AXES.map(String)));
});
