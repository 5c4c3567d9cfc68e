import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, ingestBytes, refused, timesOf } from "../support/ingestBytes.ts";

/** 9:00 on 15 June 2026. */
const START_US = Date.UTC(2026, 5, 15, 9) * 1000;
const DAY_US = 86_400e6;

/** A file whose rows have these cells of time. */
function file(names: string, rows: readonly string[], delimiter = ","): string {
  const lines = rows.map((row, i) => [row, i + 1, 20000, 40000].join(delimiter));
  return [[names, "b_x", "b_y", "b_z"].join(delimiter), ...lines].join("\n");
}

async function assertTimes(
  names: string,
  rows: readonly string[],
  us: readonly number[],
  delimiter?: string,
) {
  const { series, outcome } = await accepted(file(names, rows, delimiter));
  assert.deepEqual(await timesOf(series), us, `${names}: ${rows[0]}`);
  return outcome;
}

test("dates in the words of single programs are read", async () => {
  const forms: readonly (readonly [string, string])[] = [
    ["Mon Jun 15 09:00:00 2026", "Mon Jun 15 09:00:01 2026"],
    ["Mon Jun 15 09:00:00 UTC 2026", "Mon Jun 15 09:00:01 UTC 2026"],
    [
      "Mon Jun 15 2026 11:00:00 GMT+0200 (Central European Summer Time)",
      "Mon Jun 15 2026 11:00:01 GMT+0200 (Central European Summer Time)",
    ],
    ["2026-06-15T09:00:00Z[UTC]", "2026-06-15T09:00:01Z[UTC]"],
    ["2026-06-15-09-00-00", "2026-06-15-09-00-01"],
    ["2026_06_15_09_00_00_000", "2026_06_15_09_00_01_000"],
    ["2026-6-15 9:0:0", "2026-6-15 9:0:1"],
    ["15.6.2026 9.00.00", "15.6.2026 9.00.01"],
    ["15-JUN-26 09.00.00.000000 AM", "15-JUN-26 09.00.01.000000 AM"],
    ["Mo 15.06.2026 09:00:00", "Mo 15.06.2026 09:00:01"],
    ["Mar 15 juin 2026 09:00:00", "Mar 15 juin 2026 09:00:01"],
    ["15.06.2026 09:00:00 Uhr", "15.06.2026 09:00:01 Uhr"],
    ["2026年06月15日 09:00:00", "2026年06月15日 09:00:01"],
    ["2026年6月15日 9时00分00秒", "2026年6月15日 9时00分01秒"],
    ["2026/6/15 上午9:00:00", "2026/6/15 上午9:00:01"],
    ["2026:166:09:00:00", "2026:166:09:00:01"],
    ["[15/Jun/2026:09:00:00 +0000]", "[15/Jun/2026:09:00:01 +0000]"],
    ['="2026-06-15 09:00:00"', '="2026-06-15 09:00:01"'],
  ];
  for (const [first, second] of forms) await assertTimes("time", [first, second], [START_US, START_US + 1e6]);
  const march = START_US - 92 * DAY_US;
  await assertTimes("time", ["Mar 15 2026 09:00:00", "Mar 15 2026 09:00:01"], [march, march + 1e6]);
  await refused(file("time", ["2026-W25-1 09:00:00", "2026-W25-1 09:00:01"]));
});

test("a cell padded by chance does not hide that others are not", async () => {
  await assertTimes(
    "time",
    ["2026-06-15 10:10:59", "2026-06-15 10:11:0"],
    [START_US + 4259e6, START_US + 4260e6],
  );
});

test("durations with their unit are seconds, whatever the mapping's unit", async () => {
  const samples: readonly (readonly [string, string])[] = [
    ["12.5 s", "12.6 s"],
    ["12.5s", "12.6s"],
    ["12500 ms", "12600 ms"],
    ["T+12.5", "T+12.6"],
    ["PT12.5S", "PT12.6S"],
    ["0 days 00:00:12.500000", "0 days 00:00:12.600000"],
  ];
  for (const rows of samples) {
    await assertTimes("time", rows, [12_500_000, 12_600_000]);
    const mapping = { time: { form: "seconds", unit: "s" } } as const;
    assert.deepEqual(
      await timesOf((await accepted(file("time", rows), { mapping })).series),
      [12_500_000, 12_600_000],
    );
  }
  await assertTimes("time", ["1h02m03s", "1h02m04s"], [0, 1e6]);
  await assertTimes("Uhrzeit", ["09.59.59", "10.00.00"], [0, 1e6], ";");
});

test("Julian days are read where the header names them, or nothing else fits", async () => {
  const days = (zero: number) => [0, 60, 120].map((s) => (zero + START_US / DAY_US + s / 86_400).toFixed(9));
  const us = [0, 60e6, 120e6].map((step) => START_US + step);
  await assertTimes("JD", days(2_440_587.5), us);
  await assertTimes("MJD", days(40_587), us);
  const outcome = await assertTimes("time", days(2_440_587.5), us);
  assert.equal(outcome.quality.assumptions[0]?.subject, "time_form");
  const asked = await ingestBytes(file("time", days(40_587)));
  assert.ok(!asked.outcome.ok);
  const choice = asked.outcome.questions[0]!.choices.find(({ label }) => label.includes("Julian"))!;
  const { series } = await accepted(file("time", days(40_587)), { mapping: choice.mapping });
  assert.deepEqual(await timesOf(series), us);
});

test("ticks of Windows and .NET are not taken for nanoseconds", async () => {
  for (const zero of [638_500_000_000_000_000n, 134_260_000_000_000_000n]) {
    const rows = [0n, 1n, 2n, 3n].map((i) => String(zero + i * 100_000n));
    const { outcome } = await ingestBytes(file("time", rows));
    assert.ok(!outcome.ok && outcome.questions.length === 1, String(zero));
  }
});

test("hours, minutes and seconds without a date, and milliseconds beside a clock, are joined", async () => {
  await assertTimes("hour,minute,second,ms", ["9,0,0,0", "9,0,0,100", "9,0,1,0"], [0, 1e5, 1e6]);
  await assertTimes("time,ms", ["09:00:00,950", "09:00:01,50"], [0, 1e5]);
  await assertTimes(
    "datetime,ms",
    ["2026-06-15 09:00:00,950", "2026-06-15 09:00:01,50"],
    [START_US + 950e3, START_US + 1050e3],
  );
  // Python's logging, where commas delimit as well.
  await assertTimes(
    "time",
    ["2026-06-15 09:00:00,950", "2026-06-15 09:00:01,050"],
    [START_US + 950e3, START_US + 1050e3],
  );
  const evening = START_US + 12 * 3600e6;
  await assertTimes(
    "Date,Time,AM/PM",
    ["6/15/2026,9:00:00,PM", "6/15/2026,9:00:01,PM"],
    [evening, evening + 1e6],
  );
});

test("a date that stands still over midnight is counted on, said so, until it catches up", async () => {
  const at = (date: string, clock: string) => `${date},${clock}`;
  const midnight = Date.UTC(2026, 5, 16) * 1000;
  const rows = [at("2026-06-15", "23:59:59"), at("2026-06-15", "00:00:00"), at("2026-06-15", "00:00:01")];
  const us = [midnight - 1e6, midnight, midnight + 1e6];
  const outcome = await assertTimes("date,time", rows, us);
  assert.ok(outcome.quality.assumptions.some(({ taken }) => /passed midnight once/.test(taken)));
  assert.equal(outcome.quality.rollovers.count, 1);
  await assertTimes("date,time", [...rows, at("2026-06-16", "00:00:02")], [...us, midnight + 2e6]);
  // A date that is ahead of its clock by a row is not the same.
  const early = [at("2026-06-15", "23:59:58"), at("2026-06-16", "23:59:59"), at("2026-06-16", "00:00:00")];
  await assertTimes("date,time", early, [midnight - 2e6, midnight + DAY_US - 1e6, midnight]);
});

test("24:00:00 is the end of its day", async () => {
  const midnight = Date.UTC(2026, 5, 16) * 1000;
  await assertTimes("date,time", ["2026-06-15,23:59:59", "2026-06-15,24:00:00"], [midnight - 1e6, midnight]);
  // Without a date it is no time, as ever.
  await refused(file("time", ["23:59:59", "24:00:00", "00:00:01"]));
});

test("what follows from a reading is asked about where no magnetometer writes so", async () => {
  const absurd: readonly (readonly [string, readonly string[]])[] = [
    // One row in an hour, and ten million in a second.
    ["t (s)", ["0", "3600", "7200", "10800"]],
    ["t (ns)", ["0", "100", "200", "300"]],
    ["time", ["2026-06-15 09:00:00", "2026-06-15 09:00:00", "2026-06-15 09:00:00"]],
    ["time", ["2026-06-15", "2026-06-16", "2026-06-17"]],
    ["t (s)", ["5", "5", "5"]],
  ];
  for (const [names, rows] of absurd) {
    const { outcome } = await ingestBytes(file(names, rows));
    assert.ok(!outcome.ok && outcome.questions.length > 0, `${names}: ${rows[1]}`);
  }
});
