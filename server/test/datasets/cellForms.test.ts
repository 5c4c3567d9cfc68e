import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnMapping } from "@magtrace/contracts";
import { accepted, ingestBytes, refused, valuesOf } from "../support/ingestBytes.ts";

const AXES = [18.43, -0.78, 45.32] as const;

/** Rows 20 ms apart with these cells. */
function file(names: string, cells: (row: number) => readonly string[], delimiter = ","): string {
  const rows = Array.from({ length: 40 }, (_, i) => [(i / 50).toFixed(2), ...cells(i)].join(delimiter));
  return [["timestamp_pc", ...names.split(",")].join(delimiter), ...rows].join("\n");
}

async function axesOf(content: string, mapping?: ColumnMapping): Promise<number[]> {
  const { series } = await accepted(content, mapping === undefined ? {} : { mapping });
  const columns = await Promise.all(["b_x", "b_y", "b_z"].map((axis) => valuesOf(series, axis)));
  return columns.map((values) => Number(values[0]!.toFixed(6)));
}

test("a unit behind each number is the column's unit", async () => {
  for (const [unit, factor] of [
    [" uT", 1],
    ["µT", 1],
    [" nT", 1000],
    ["nT", 1000],
    [" mG", 10],
  ] as const) {
    const content = file("Bx,By,Bz", () => AXES.map((axis) => `${(axis * factor).toFixed(3)}${unit}`));
    assert.deepEqual(await axesOf(content), [18430, -780, 45320], unit);
    assert.equal((await accepted(content)).outcome.source.unit_from, "header");
  }
  const comma = file("Bx,By,Bz", () => AXES.map((axis) => `${axis} µT`), ";").replaceAll(".", ",");
  assert.deepEqual(await axesOf(comma), [18430, -780, 45320]);
  const beside = file("Bx (uT),By (uT),Bz (uT),temp", (i) => [...AXES.map(String), `${21 + i / 10}°C`]);
  assert.equal((await valuesOf((await accepted(beside)).series, "temp"))[5], 21.5);
});

test("cells that are not all in one unit, or in another than the header's, are not taken", async () => {
  const mixed = file("Bx,By,Bz", (i) => AXES.map((axis) => (i === 30 ? `${axis * 1000} nT` : `${axis} uT`)));
  assert.equal((await refused(mixed)).findings[0]?.code, "not_a_number");
  const { outcome } = await ingestBytes(
    file("Bx (nT),By (nT),Bz (nT)", () => AXES.map((axis) => `${axis} uT`)),
  );
  assert.ok(!outcome.ok);
  assert.match(outcome.questions[0]!.reason, /nT, but uT in cells/);
  const counts = await ingestBytes(file("Bx,By,Bz", () => ["614 LSB", "-26 LSB", "1510 LSB"]));
  assert.ok(!counts.outcome.ok);
  await refused(file("x,y,z", () => ["0.01 m/s²", "0.02 m/s²", "9.81 m/s²"]));
});

test("minus signs that are none of ASCII's, minus signs behind, and Fortran's exponents are read", async () => {
  for (const cell of ["−780", "–780", "- 780", "780-", "-7.8D+02", "-0.78d3"])
    assert.deepEqual(
      await axesOf(file("Bx (nT),By (nT),Bz (nT)", () => ["18430", cell, "45320"])),
      [18430, -780, 45320],
    );
});

test("what programs write for no value is missing, whatever its form", async () => {
  const words =
    "NaN null - N/A #N/A 1.#QNAN -1.#IND00 1.#INF inf -Infinity nan(snan) -nan(ind) #NV #WERT! #DIV/0! " +
    "undefined <null> (null) \\N NODATA ---.-- — ***.** ??? 999999999999";
  for (const word of words.split(" ")) {
    const content = file("Bx (nT),By (nT),Bz (nT)", (i) =>
      i % 9 === 4 ? [word, word, word] : ["18430", "-780", "45320"],
    );
    const { outcome, series } = await accepted(content);
    assert.deepEqual(
      outcome.quality.missing.map(({ count }) => count),
      [4, 4, 4],
      word,
    );
    assert.ok(Number.isNaN((await valuesOf(series, "b"))[4]), word);
  }
});

test("whole numbers beside numbers with three digits behind a comma are thousands, or asked about", async () => {
  const cells = (i: number) => [`"18,43${i % 10}"`, "-780", '"45,320"'];
  // The times say what is before fractions; whole ones do not.
  const told = file("Bx (nT),By (nT),Bz (nT)", cells);
  assert.deepEqual(await axesOf(told), [18430, -780, 45320]);
  const content = told.replace("timestamp_pc", "t (ms)").replaceAll(/^0\.(\d\d),/gm, "$10,");
  const { outcome } = await ingestBytes(content);
  assert.ok(!outcome.ok);
  const [question] = outcome.questions;
  assert.equal(question?.subject, "numbers");
  assert.deepEqual(await axesOf(content, question.choices[0]!.mapping), [18430, -780, 45320]);
});

test("the same names once more are another sensor's, and either can be first", async () => {
  const cells = () => ["18430", "-780", "45320", "18500", "-700", "45300"];
  const content = file("Bx,By,Bz,Bx,By,Bz", cells);
  const { outcome, series } = await accepted(content);
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "b_x@2", "b_y@2", "b_z@2", "b@2"]);
  assert.equal((await valuesOf(series, "b_x@2"))[0], 18500);
  const said = outcome.quality.assumptions.find(({ subject }) => subject === "sensors")!;
  assert.deepEqual(await axesOf(content, said.others[0]!.mapping), [18500, -700, 45300]);
  const totals = await accepted(file("mag,mag", () => ["48213", "48300"]));
  assert.deepEqual(totals.outcome.channels, ["b", "b@2"]);
  // `x, y, z` twice may be an accelerometer and a magnetometer.
  await refused(file("x,y,z,x,y,z", () => ["0.01", "0.02", "9.81", "18.43", "-0.78", "45.32"]));
});

test("a rate beside times is said, and one beside a column that is asked for is a question", async () => {
  const content = file("Bx (nT),By (nT),Bz (nT)", () => ["18430", "-780", "45320"]);
  const { outcome } = await accepted(content, { mapping: { time: { rate_hz: 10 } } });
  assert.ok(Math.abs(outcome.quality.sampling_rate_hz! - 10) < 1e-6);
  assert.match(outcome.quality.assumptions[0]!.reason, /"timestamp_pc" may be the time too/);
  const both = await ingestBytes(content, {
    mapping: { columns: { timestamp_pc: "timestamp_pc" }, time: { rate_hz: 10 } },
  });
  assert.ok(!both.outcome.ok);
  assert.equal(both.outcome.questions[0]!.subject, "time_column");
});
