import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, timesOf, valuesOf } from "../../../../../test/support/ingestBytes.ts";

const REAL = new URL("../../../../../../../shared/data/formats/bou20141101vmin.min", import.meta.url);

/** A day's beginning in the documented form. `rows` hold the four elements of each minute. */
function observatoryFile(elements: string, rows: readonly (readonly number[])[], decbas?: number): string {
  const field = (name: string, value: string): string => ` ${name.padEnd(23)}${value.padEnd(45)}|`;
  const pad = (value: number): string => value.toFixed(2).padStart(10);
  const comments = decbas === undefined ? [] : [`${` # DECBAS               ${decbas}`.padEnd(69)}|`];
  const names = `DATE       TIME         DOY     ${[...elements].map((one) => `NOW${one}`.padEnd(10)).join("")}`;
  return [
    field("Format", "IAGA-2002"),
    field("Source of Data", "A test"),
    field("Station Name", "Nowhere"),
    field("IAGA CODE", "NOW"),
    field("Geodetic Latitude", "10.5"),
    field("Geodetic Longitude", "20.5"),
    field("Elevation", "300"),
    field("Reported", elements),
    ...comments,
    `${names.padEnd(69)}|`,
    ...rows.map((values, i) => {
      const minute = String(i % 60).padStart(2, "0");
      return `2026-06-15 09:${minute}:00.000 166    ${values.map(pad).join("")}`;
    }),
    "",
  ].join("\r\n");
}

const near = (value: number, wanted: number, tolerance = 1e-6): void =>
  assert.ok(Math.abs(value - wanted) < tolerance, `${value} is not ${wanted}`);

test("XYZF is read as it stands, 99999 and 88888 being no values", async () => {
  const text = observatoryFile("XYZF", [
    [18000, -780.5, 45000, 48476],
    [99999, 99999, 99999, 48477],
    [18001, -781, 45001, 88888],
  ]);
  const { outcome, series } = await accepted(text);
  assert.deepEqual(
    [outcome.source.format, outcome.source.unit, outcome.time.start],
    ["iaga_2002", "nT", "2026-06-15T09:00:00.000Z"],
  );
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "F_scalar"]);
  assert.deepEqual(await valuesOf(series, "b_x"), [18000, Number.NaN, 18001]);
  assert.deepEqual(await valuesOf(series, "F_scalar"), [48476, 48477, Number.NaN]);
  assert.deepEqual(
    outcome.quality.missing.find(({ channel }) => channel === "b_x")?.first_lines,
    [11],
    "the line in the file",
  );
  assert.match(
    outcome.quality.notes.find(({ code }) => code === "station")!.message,
    /Nowhere \(NOW\) at 10.5/,
  );
});

test("H and D become X and Y, D in minutes of arc from true north or from DECBAS", async () => {
  const absolute = await accepted(observatoryFile("HDZF", [[20000, 600, 45000, 49244]]));
  near((await valuesOf(absolute.series, "b_x"))[0], 20000 * Math.cos(Math.PI / 18));
  near((await valuesOf(absolute.series, "b_y"))[0], 20000 * Math.sin(Math.PI / 18));
  near((await valuesOf(absolute.series, "b"))[0], Math.hypot(20000, 45000));

  const relative = await accepted(observatoryFile("HDZF", [[20000, -10, 45000, 49244]], 6100));
  near((await valuesOf(relative.series, "b_y"))[0], 20000 * Math.sin(Math.PI / 18));
  assert.match(relative.outcome.quality.assumptions[0].taken, /DECBAS, 610 minutes/);
  assert.deepEqual(absolute.outcome.quality.assumptions, []);
});

test("HEZ stays in the instrument's axes, and DIF is turned into three", async () => {
  const hez = await accepted(observatoryFile("HEZF", [[20000, -50, 45000, 49244]]));
  assert.deepEqual(await valuesOf(hez.series, "b_y"), [-50]);
  assert.ok(hez.outcome.quality.notes.some(({ code }) => code === "instrument_axes"));
  const dif = await accepted(observatoryFile("DIF", [[0, 3600, 50000]]));
  near((await valuesOf(dif.series, "b_x"))[0], 25000);
  near((await valuesOf(dif.series, "b_z"))[0], 50000 * Math.sin(Math.PI / 3));
  near((await valuesOf(dif.series, "b"))[0], 50000);
});

test("packed and put one behind the other, days are still one series", async () => {
  const day = observatoryFile("XYZF", [[18000, -780.5, 45000, 48476]]);
  const next = day.replaceAll("2026-06-15", "2026-06-16");
  const { outcome, series } = await accepted(gzipSync(day + next));
  assert.equal(outcome.source.compression, "gzip");
  const [first, second] = await timesOf(series);
  assert.equal(second - first, 86_400e6);
});

test("a last line cut off is left out and said, other faults name their line", async () => {
  const text = observatoryFile("XYZF", [
    [18000, -780.5, 45000, 48476],
    [18000, -780.5, 45000, 48476],
  ]);
  const cut = await accepted(text.slice(0, -9));
  assert.equal(cut.outcome.rows, 1);
  assert.deepEqual(cut.outcome.quality.notes.find(({ code }) => code === "last_line_cut")?.first_lines, [11]);
  const word = await refused(text.replace("18000.00", "18O00.00"));
  assert.deepEqual(
    [word.findings[0].code, word.findings[0].line, word.findings[0].column],
    ["not_a_number", 10, "X"],
  );
  const month = await refused(text.replace("2026-06-15", "2026-13-15"));
  assert.deepEqual([month.findings[0].code, month.findings[0].line], ["not_a_time", 10]);
  assert.match((await refused(observatoryFile("HK", [[1, 2]]))).findings[0].expected, /elements X, Y, Z/);
});

test("damage is read or said", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => [18000 + i, -780.5, 45000, 48476]);
  await assertDamageIsSaid(Buffer.from(observatoryFile("HDZF", rows, 5527)), 1);
});

test("a day of an observatory comes through whole", async (t) => {
  if (!existsSync(REAL)) return t.skip("the observatory's file is not on this machine");
  const { outcome, series } = await accepted(readFileSync(REAL));
  assert.equal(outcome.rows, 1440);
  assert.deepEqual(
    [outcome.time.start, outcome.quality.sampling_rate_hz],
    ["2014-11-01T00:00:00.000Z", 1 / 60],
  );
  const [x, y, z] = await Promise.all(["b_x", "b_y", "b_z"].map((name) => valuesOf(series, name)));
  near(Math.hypot(x[0], y[0]), 20873.75);
  near(z[0], 47477.3);
  // IGRF gives 9.0° east there that year.
  near((Math.atan2(y[0], x[0]) * 180) / Math.PI, (552.7 - 9.99) / 60);
});
