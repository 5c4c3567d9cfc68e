import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, timesOf, valuesOf } from "../../../../../test/support/ingestBytes.ts";

/** An hour in the documented form: 30 lines of two minutes. */
function block(hour: number, elements: string, valuesOf: (minute: number) => readonly number[]): string {
  const header = `NOW JUN1526 166 ${String(hour).padStart(2, "0")} ${elements} R GOL 07950205 000000 RRRRRRRRRRRRRRRR`;
  const line = (minute: number): string =>
    valuesOf(minute)
      .map((value) => String(value).padStart(7))
      .join(" ");
  const lines = Array.from({ length: 30 }, (_, i) => `${line(2 * i)}  ${line(2 * i + 1)}`);
  return [header, ...lines, ""].join("\r\n");
}

test("tenths of nT and hundredths of minutes, two minutes a line", async () => {
  const day =
    block(9, "HDZF", (minute) => [200000 + minute, 60000, 450000, 492442]) +
    block(10, "HDZF", () => [9999999, 9999999, 9999999, 888888]);
  const { outcome, series } = await accepted(day);
  assert.equal(outcome.rows, 120);
  assert.equal(outcome.source.format, "imf");
  const times = await timesOf(series);
  assert.deepEqual([times[0], times[119] - times[0]], [Date.UTC(2026, 5, 15, 9) * 1000, 119 * 60e6]);
  const x = await valuesOf(series, "b_x");
  assert.ok(Math.abs(x[59] - 20005.9 * Math.cos(Math.PI / 18)) < 1e-6);
  assert.ok(Number.isNaN(x[60]));
  assert.ok(Math.abs((await valuesOf(series, "F_scalar"))[0] - 49244.2) < 1e-6);
  const lines = outcome.quality.missing.find(({ channel }) => channel === "b_z")?.first_lines;
  assert.deepEqual(lines?.slice(0, 3), [33, 33, 34]);
});

test("a wrong day, a short hour and a word name their line", async () => {
  const hour = block(9, "XYZF", () => [180000, -7805, 450000, 484760]);
  assert.deepEqual((await refused(hour.replace(" 166 ", " 167 "))).findings[0].line, 1);
  const short = await refused(`${hour.split("\r\n").slice(0, 20).join("\r\n")}\r\n${hour}`);
  assert.deepEqual([short.findings[0].code, short.findings[0].line], ["damaged_file", 21]);
  const last = await accepted(hour.split("\r\n").slice(0, 20).join("\r\n"));
  assert.equal(last.outcome.rows, 38);
  assert.ok(last.outcome.quality.notes.some(({ code }) => code === "last_block_short"));
  assert.equal((await refused(hour.replace("-7805", "-78O5"))).findings[0].code, "not_a_number");
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(
    Buffer.from(block(9, "HDZF", (minute) => [200000 + minute, 60000, 450000, 492442])),
    2,
  );
});
