import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, valuesOf } from "../../../../../test/support/ingestBytes.ts";

/** A survey of three components in the documented form. */
function survey(rows: number): string {
  const row = (line: number, i: number): string =>
    `  ${500000 + i}.0 ${4400000 + line}.0   ${(line + i / 10).toFixed(1)} ${i === 2 ? "*" : 18000 + i} -780.5  45000.25`;
  const block = (name: string, line: number): string[] => [
    name,
    ...Array.from({ length: rows }, (_, i) => row(line, i)),
  ];
  return [
    "/ ------------------------------",
    "/ XYZ EXPORT [06/15/2026]",
    "/ X Y TIME BX BY BZ",
    "//Flight 1",
    ...block("Line 100", 100),
    ...block("Tie   9.1:2", 200),
    "",
  ].join("\r\n");
}

test("lines become tracks, * is no value, X and Y are coordinates", async () => {
  const { outcome, series } = await accepted(survey(5));
  assert.deepEqual([outcome.source.format, outcome.rows], ["geosoft_xyz", 10]);
  assert.deepEqual(
    outcome.tracks.map(({ sensor_id, start_index }) => [sensor_id, start_index]),
    [
      ["Line 100", 0],
      ["Tie 9.1:2", 5],
    ],
  );
  assert.deepEqual(await valuesOf(series, "b_x").then((all) => all.slice(0, 4)), [
    18000,
    18001,
    Number.NaN,
    18003,
  ]);
  assert.ok(outcome.channels.includes("easting") && outcome.channels.includes("northing"));
});

test("what is wrong is named by its line, and columns must have names", async () => {
  const text = survey(5);
  const word = await refused(text.replace("18003", "high"));
  assert.deepEqual([word.findings[0].code, word.findings[0].line], ["not_a_number", 9]);
  const short = await refused(text.replace(" 18003", ""));
  assert.deepEqual([short.findings[0].code, short.findings[0].line], ["row_width", 9]);
  assert.equal((await refused(text.replace("/ X Y TIME BX BY BZ", "/"))).findings[0].code, "header_missing");
  assert.equal((await refused("/ X Y Z\r\nLine 1\r\n")).findings[0].code, "no_rows");
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(Buffer.from(survey(20)), 6);
});
