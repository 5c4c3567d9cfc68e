import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnMapping } from "@magtrace/contracts";
import fc from "fast-check";
import { accepted, ingestBytes, refused, timesOf, valuesOf } from "../support/ingestBytes.ts";

/** 9:00 on 15 June 2026. */
const START_US = Date.UTC(2026, 5, 15, 9) * 1000;
const HOUR_US = 3600e6;

/** A file whose rows have these cells of time; b_x counts the rows. */
function file(names: string, rows: readonly string[], delimiter = ","): string {
  const lines = rows.map((row, i) => [row, i + 1, 20000, 40000].join(delimiter));
  return [[names, "b_x", "b_y", "b_z"].join(delimiter), ...lines].join("\n");
}

interface Sample {
  readonly names: string;
  readonly rows: readonly string[];
  readonly form: string;
  /** µs since 1970, or since the first row. */
  readonly us: readonly number[];
  readonly absolute?: boolean;
  readonly assumed?: readonly string[];
  readonly mapping?: ColumnMapping;
  readonly delimiter?: string;
}

async function assertRead({ names, rows, form, us, absolute = true, assumed, mapping, delimiter }: Sample) {
  const { outcome, series } = await accepted(
    file(names, rows, delimiter),
    mapping === undefined ? {} : { mapping },
  );
  const where = `${names}: ${rows[0]}`;
  assert.deepEqual(await timesOf(series), us, where);
  assert.deepEqual([outcome.time.form, outcome.time.kind], [form, absolute ? "absolute" : "relative"], where);
  if (assumed === undefined) return;
  const subjects = outcome.quality.assumptions.map(({ subject }) => subject);
  assert.deepEqual(subjects, assumed, where);
}

async function questionsOf(content: string, mapping?: ColumnMapping) {
  const { outcome } = await ingestBytes(content, mapping === undefined ? {} : { mapping });
  assert.ok(!outcome.ok, "accepted");
  return outcome.questions;
}

const on = (...steps: number[]): number[] => steps.map((step) => START_US + step * 1000);

test("dates are read in every order and spelling, and without a zone are taken as UTC, said so", async () => {
  const forms: readonly (readonly [string, string, string?])[] = [
    ["15.06.2026 09:00:00.0", "15.06.2026 09:00:00.1"],
    ["15.06.2026 09:00:00,0", "15.06.2026 09:00:00,1", ";"],
    ["15/06/2026 9:00:00.0", "15/06/2026 9:00:00.1"],
    ["6/15/2026 9:00:00.0 AM", "6/15/2026 9:00:00.1 AM"],
    ["15-Jun-2026 09:00:00.0", "15-Jun-2026 09:00:00.1"],
    ["Jun 15 2026 09:00:00.0", "Jun 15 2026 09:00:00.1"],
    ["15 juin 2026 09:00:00.0", "15 juin 2026 09:00:00.1"],
    ["15. Juni 2026 09:00:00.0", "15. Juni 2026 09:00:00.1"],
    ["15 giu 2026 09:00:00.0", "15 giu 2026 09:00:00.1"],
    ["15 VI 2026 09:00:00.0", "15 VI 2026 09:00:00.1"],
    ["Mon 15 Jun 2026 09:00:00.0", "Mon 15 Jun 2026 09:00:00.1"],
    ["20260615T090000.0", "20260615T090000.1"],
    ["20260615090000.0", "20260615090000.1"],
    ["20260615 090000.0", "20260615 090000.1"],
    ["2026-06-15_09:00:00.0", "2026-06-15_09:00:00.1"],
    ["2026.06.15 09:00:00:000", "2026.06.15 09:00:00:100"],
  ];
  for (const [first, second, delimiter] of forms) {
    const sample = {
      names: "time",
      rows: [first, second],
      form: "datetime",
      us: on(0, 100),
      assumed: ["time_zone"],
    };
    await assertRead(delimiter === undefined ? sample : { ...sample, delimiter });
  }
  const year = { names: "doy", rows: ["2026-166 09:00:00", "2026-166 09:00:01"], form: "day_of_year" };
  await assertRead({ ...year, us: on(0, 1000), assumed: ["time_zone"] });
});

test("AM and PM pass noon", async () => {
  const rows = ["6/15/2026 11:59:59 AM", "6/15/2026 12:00:00 PM", "6/15/2026 1:00:00 PM"];
  const noon = START_US + 3 * HOUR_US;
  await assertRead({ names: "time", rows, form: "datetime", us: [noon - 1e6, noon, noon + HOUR_US] });
  const clock = ["11:59:59 PM", "12:00:00 AM"];
  await assertRead({ names: "time", rows: clock, form: "clock", us: [0, 1e6], absolute: false });
});

test("a zone in the header, in the cells or in the mapping is minded", async () => {
  const rows = ["2026-06-15 11:00:00", "2026-06-15 11:00:01"];
  const sample = { rows, form: "datetime", us: on(0, 1000), assumed: [] };
  for (const names of ["time (+0200)", "Time (UTC+2)", "timestamp (+02:00)", "timestamp [GMT+2]"])
    await assertRead({ ...sample, names });
  await assertRead({ ...sample, names: "time", mapping: { time: { zone: "+02:00" } } });
  const utc = ["2026-06-15 09:00:00", "2026-06-15 09:00:01"];
  for (const names of ["time (UTC)", "time_utc", "UTC time"])
    await assertRead({ ...sample, names, rows: utc });
  const cells = ["15.06.2026 11:00:00 +02:00", "15.06.2026 11:00:01 +02:00"];
  await assertRead({ ...sample, names: "time", rows: cells });
  const named = file("time", ["2026-06-15 11:00:00 CEST", "2026-06-15 11:00:01 CEST"]);
  const [question] = await questionsOf(named);
  assert.equal(question.subject, "time_zone");
  const { series } = await accepted(named, { mapping: { time: { zone: "+02:00" } } });
  assert.deepEqual(await timesOf(series), on(0, 1000));
  assert.equal((await questionsOf(file("time (PST)", rows)))[0].subject, "time_zone");
});

test("which number is the day is told by any row of the file, or asked", async () => {
  const at = (day: string, month: string, i: number) =>
    `${day}/${month}/2026 10:00:${String(i % 60).padStart(2, "0")}`;
  const rows = Array.from({ length: 9000 }, (_, i) => (i < 8990 ? at("03", "04", i) : at("13", "04", i)));
  const { outcome } = await accepted(file("time", rows));
  assert.equal(outcome.time.start, "2026-04-03T10:00:00.000Z");
  const american = rows.map((row) => row.replace(/^(\d\d)\/(\d\d)/, "$2/$1"));
  assert.equal((await accepted(file("time", american))).outcome.time.start, "2026-04-03T10:00:00.000Z");

  const doubtful = file("time", rows.slice(0, 20));
  const [question] = await questionsOf(doubtful);
  assert.equal(question.subject, "date_order");
  const starts = await Promise.all(
    question.choices.map(async ({ mapping }) => (await accepted(doubtful, { mapping })).outcome.time.start),
  );
  assert.deepEqual(starts.toSorted(), ["2026-03-04T10:00:00.000Z", "2026-04-03T10:00:00.000Z"]);
  const overnight = ["03/04/2026 23:59:59", "04/04/2026 00:00:00", "04/04/2026 00:00:01"];
  const { outcome: night } = await accepted(file("time", overnight));
  assert.equal(night.time.start, "2026-04-03T23:59:59.000Z");
  assert.equal(night.quality.assumptions[0].subject, "date_order");
  assert.equal(
    (await accepted(file("time (dd/mm/yyyy)", rows.slice(0, 9)))).outcome.time.start,
    "2026-04-03T10:00:00.000Z",
  );
});

test("years of two digits are read as the later date where the other is years ago", async () => {
  const read = async (cell: string) =>
    (await accepted(file("time", [cell, cell.replace(":00", ":01")]))).outcome;
  for (const cell of ["15.06.26 09:00", "06/15/26 09:00", "15/06/26 09:00", "26-06-15 09:00"])
    assert.equal((await read(cell)).time.start, "2026-06-15T09:00:00.000Z", cell);
  assert.equal((await read("15/06/26 09:00")).quality.assumptions[0].subject, "date_order");
  assert.equal(
    (await questionsOf(file("time", ["25/06/26 09:00", "25/06/26 09:01"])))[0].subject,
    "date_order",
  );
});

test("numbers are told by the header's unit, then by magnitude and rate", async () => {
  const epoch = START_US / 1e6;
  const read = (
    names: string,
    rows: readonly (string | number)[],
    form: string,
    us: readonly number[],
    assumed: string[] = [],
  ) => assertRead({ names, rows: rows.map(String), form, us, absolute: form !== "seconds", assumed });
  await read("time", [epoch, epoch + 0.5], "epoch_s", on(0, 500));
  await read("time", [epoch * 1e3, epoch * 1e3 + 20], "epoch_ms", on(0, 20));
  await read("time", [epoch * 1e6, epoch * 1e6 + 20000], "epoch_us", on(0, 20));
  await read("time", [`${epoch}000000499`, `${epoch}000000500`, `${epoch}020000500`], "epoch_ns", [
    START_US,
    START_US + 1,
    START_US + 20001,
  ]);
  await read("t", [0, 20, 40], "seconds", [0, 20e3, 40e3], ["time_unit"]);
  await read("time", ["0.00", "0.02", "0.04"], "seconds", [0, 20e3, 40e3], ["time_unit"]);
  await read(
    "timestamp",
    [20310847, 20330847, 20350847],
    "seconds",
    [20310847, 20330847, 20350847],
    ["time_unit"],
  );
  await read("t", [0, 1, 2], "seconds", [0, 1e6, 2e6], ["time_unit"]);
  for (const name of ["millis", "time_ms", "t [ms]", "Time (ms)", "timeMs", "elapsed_ms"])
    await read(name, [5123, 5143], "seconds", [5123e3, 5143e3]);
  for (const name of ["micros", "micros()", "TimeUS", "t [us]", "Time (µs)"])
    await read(name, [5123000, 5143000], "seconds", [5123e3, 5143e3]);
  await read("elapsed (s)", [0, 20, 40], "seconds", [0, 20e6, 40e6]);
  await read("Time (min)", [0, 1, 2], "seconds", [0, 60e6, 120e6]);
  // 20 minutes after a start in µs is 1.2e9, which as seconds would be 2008.
  await read("timestamp", [1200000000, 1200020000], "seconds", [1200000000, 1200020000], ["time_unit"]);
});

test("a unit that two rates make likely is asked, and any answer read", async () => {
  const content = file("t", ["0", "2", "4", "6"]);
  const [question] = await questionsOf(content);
  assert.equal(question.subject, "time_unit");
  const durations = await Promise.all(
    question.choices.map(async ({ mapping }) => (await accepted(content, { mapping })).outcome.time.end_us),
  );
  assert.ok(durations.includes(6e6) && durations.includes(6e3));
  assert.equal((await questionsOf(file("t (s)", ["0", "40000", "80000"])))[0].subject, "time_unit");
  const { outcome } = await accepted(file("t", ["0", "20", "40"]), { mapping: { time: { unit: "s" } } });
  assert.equal(outcome.time.end_us, 40e6);
});

test("days of spreadsheets and of MATLAB keep what their digits hold", async () => {
  const day = (from: number, places: number) =>
    [0, 0.1, 0.2].map((s) => (from + (9 * 3600 + s) / 86400).toFixed(places));
  for (const places of [9, 10, 11]) {
    const rows = day(46188, places);
    await assertRead({
      names: "time",
      rows,
      form: "excel_days",
      us: on(0, 100, 200),
      assumed: ["time_form", "time_zone"],
    });
  }
  await assertRead({
    names: "datenum",
    rows: day(740148, 10),
    form: "matlab_days",
    us: on(0, 100, 200),
    assumed: ["time_zone"],
  });
});

test("a time in several columns is joined", async () => {
  const at = [0, 1000];
  const samples: readonly (readonly [string, readonly string[], string?])[] = [
    ["Date,Time", ["2026-06-15,09:00:00", "2026-06-15,09:00:01"]],
    ["Datum,Uhrzeit", ["15.06.2026,09:00:00", "15.06.2026,09:00:01"]],
    ["rtcDate,rtcTime", ["06/15/2026,09:00:00.00", "06/15/2026,09:00:01.00"]],
    ["date,time", ["20260615,090000.0", "20260615,090001.0"]],
    ["utc,date_ddmmyy", ["090000.00,150626", "090001.00,150626"]],
    ["date,hour,minute,second", ["2026-06-15,9,0,0", "2026-06-15,9,0,1"]],
    ["year,month,day,hour,minute,second", ["2026,6,15,9,0,0", "2026,6,15,9,0,1"]],
    ["YYYY,MM,DD,hh,mm,ss", ["2026,6,15,9,0,0.0", "2026,6,15,9,0,1.0"]],
    ["year,doy,hour,minute,second", ["2026,166,9,0,0", "2026,166,9,0,1"], "day_of_year"],
    ["year,doy,sod", ["2026,166,32400", "2026,166,32401"], "day_of_year"],
    ["gps_week,gps_seconds", ["2423,118818", "2423,118819"], "gps_week"],
    ["GWk,GMS", ["2423,118818000", "2423,118819000"], "gps_week"],
  ];
  for (const [names, rows, form = "parts"] of samples) await assertRead({ names, rows, form, us: on(...at) });
  const minutes = ["2026-06-15,09:00", "2026-06-15,09:01"];
  await assertRead({ names: "Date,Time", rows: minutes, form: "parts", us: on(0, 60e3) });
  const milliseconds = ["2026-06-15,09:00:00,0", "2026-06-15,09:00:00,20"];
  await assertRead({ names: "date,time,ms", rows: milliseconds, form: "parts", us: on(0, 20) });
  const ros = ["1781514000,0", "1781514000,20000000", "1781514000,40000500"];
  await assertRead({
    names: "secs,nsecs",
    rows: ros,
    form: "parts",
    us: [...on(0, 20), START_US + 40001],
    assumed: [],
  });
  const header = "header.stamp.sec,header.stamp.nanosec";
  await assertRead({ names: header, rows: ros, form: "parts", us: [...on(0, 20), START_US + 40001] });
  const mapping = { time: { columns: { date: "a", time: "b" } } };
  await assertRead({ names: "a,b", rows: minutes, form: "parts", us: on(0, 60e3), mapping });
});

test("a part that is none is a finding on its line", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `2026-06-15,9,${i}`);
  rows[10] = "2026-06-15,x,0";
  rows[20] = "2026-06-31,9,0";
  rows[30] = "2026-06-15,25,0";
  const { findings } = await refused(file("date,hour,minute", rows));
  const places = findings.map(({ line, code }) => [line, code]);
  assert.deepEqual(
    places,
    [12, 22, 32].map((line) => [line, "not_a_time"]),
  );
});

test("12:34 is hours or minutes by what the file holds, or asked", async () => {
  const two = (value: number) => String(value).padStart(2, "0");
  const times = (from: number, count: number, wrap: number) =>
    Array.from(
      { length: count },
      (_, i) => `${two(Math.floor((from + i) / 60) % wrap)}:${two((from + i) % 60)}`,
    );
  const spread = async (rows: readonly string[], names = "time") =>
    (await accepted(file(names, rows))).outcome.time;
  assert.equal((await spread(times(0, 1440, 24))).end_us, 86_340e6);
  assert.equal((await spread(times(1400, 80, 24))).end_us, 79 * 60e6);
  assert.equal((await spread(times(1400, 80, 60))).end_us, 79e6);
  assert.equal((await spread(times(3500, 200, 60))).end_us, 199e6);
  assert.equal((await spread(times(3500, 200, 100))).end_us, 199e6);
  assert.equal((await spread(times(60, 20, 24), "time (HH:MM)")).end_us, 19 * 60e6);
  assert.equal((await spread(times(60, 20, 24), "time mm:ss")).end_us, 19e6);
  const [question] = await questionsOf(file("time", times(60, 20, 24)));
  assert.equal(question.subject, "time_form");
  assert.equal(question.choices.length, 2);
});

test("HHMMSS is told from a count", async () => {
  const rows = ["115959.8", "115959.9", "120000.0", "120000.1"];
  await assertRead({ names: "time", rows, form: "hhmmss", us: [0, 1e5, 2e5, 3e5], absolute: false });
  const counted = ["115959.8", "115960.8", "115961.8"];
  await assertRead({
    names: "time",
    rows: counted,
    form: "seconds",
    us: [115959.8e6, 115960.8e6, 115961.8e6],
    absolute: false,
  });
  assert.equal(
    (await questionsOf(file("gps", ["115911", "115911"]), { columns: { timestamp_pc: "gps" } }))[0].subject,
    "time_form",
  );
  const short = {
    names: "time",
    rows: ["115911.1", "115911.2"],
    form: "hhmmss",
    us: [0, 1e5],
    absolute: false,
  };
  await assertRead({ ...short, assumed: ["time_form", "time_form"] });
});

test("what cannot be a time is refused with the reason", async () => {
  const lost = await refused(
    file(
      "time",
      Array.from({ length: 20 }, () => "1.78151E+12"),
    ),
  );
  assert.match(lost.findings[0].expected, /leaves out all below 10000000/);
  const whole = file("time", ["1.781514000000E+12", "1.781514000020E+12"]);
  assert.deepEqual(await timesOf((await accepted(whole)).series), on(0, 20));
  assert.match((await refused(file("time", ["2026-W25-1", "2026-W25-2"]))).findings[0].expected, /week/);
  const none = await ingestBytes("b_x,b_y,b_z\n1,2,3\n4,5,6\n");
  assert.ok(!none.outcome.ok);
  assert.match(none.outcome.findings[0].expected, /rate_hz/);
  assert.equal(none.outcome.questions[0].choices[1].mapping.time?.rate_hz, 10);
});

test("a rate stands in for times, from a start if one is given", async () => {
  const content = "b_x,b_y,b_z\n1,2,3\n4,5,6\n7,8,9\n";
  const { outcome, series } = await accepted(content, { mapping: { time: { form: "rate", rate_hz: 50 } } });
  assert.deepEqual(await timesOf(series), [0, 20e3, 40e3]);
  assert.equal(outcome.time.kind, "relative");
  const mapping: ColumnMapping = { time: { rate_hz: 50, start: "2026-06-15T11:00:00+02:00" } };
  assert.deepEqual(await timesOf((await accepted(content, { mapping })).series), on(0, 20, 40));
  const clock = file("time", ["23:59:59", "00:00:00"]);
  const started = await accepted(clock, { mapping: { time: { start: "2026-06-15T09:00:00Z" } } });
  assert.deepEqual(await timesOf(started.series), on(0, 1000));
});

test("files without a sense of time are asked about, unless the caller named the form", async () => {
  const days = file("date", ["2026-06-15", "2026-06-16", "2026-06-17"]);
  assert.match((await questionsOf(days))[0].reason, /midnight/);
  const { outcome } = await accepted(days, { mapping: { time: { form: "datetime" } } });
  assert.equal(outcome.time.end_us - outcome.time.start_us, 2 * 24 * HOUR_US);
  const same = file(
    "time",
    Array.from({ length: 5 }, () => "2026-06-15T09:00:00Z"),
  );
  assert.match((await questionsOf(same))[0].reason, /the same/);
});

test("modified Julian days without a name are asked about, never taken for seconds", async () => {
  const times = Array.from({ length: 50 }, (_, i) =>
    ((Date.UTC(2026, 5, 15, 9) + i * 100) / 86_400e3 + 40_587).toFixed(9),
  );
  const { outcome } = await ingestBytes(file("time", times));
  assert.ok(!outcome.ok);
  assert.match(outcome.questions[0]!.reason, /look like days/);
  assert.equal(outcome.questions[0]!.choices[0]!.mapping.time?.form, "julian_days");
});

test("an exact clock is preferred to a coarse one, and put in time by it", async () => {
  const wall = (i: number) => `2026-06-15T09:00:0${Math.floor(i / 4)}Z`;
  const rows = Array.from({ length: 20 }, (_, i) => `${(100.1 + i / 4).toFixed(2)},${wall(i)}`);
  const { outcome, series } = await accepted(file("monotonic_s,wall_clock", rows));
  const times = await timesOf(series);
  assert.deepEqual(
    times.map((us) => us - times[0]),
    Array.from({ length: 20 }, (_, i) => i * 250e3),
  );
  assert.ok(Math.abs(times[0] - START_US) < 250e3);
  assert.equal(outcome.quality.assumptions[0].subject, "time_column");
  const epoch = Array.from({ length: 9 }, (_, i) => `2026-06-15 11:00:00,${START_US / 1e3 + i * 20}`);
  const exact = await accepted(file("time,epoch_ms", epoch));
  assert.deepEqual(await timesOf(exact.series), on(0, 20, 40, 60, 80, 100, 120, 140, 160));
});

test("a descending file is put in order, in every sensor", async () => {
  const rows = Array.from({ length: 50_000 }, (_, i) => String((50_000 - i) / 100));
  const { outcome, series } = await accepted(file("time (s)", rows));
  const times = await timesOf(series);
  assert.ok(times.every((us, i) => i === 0 || us > times[i - 1]));
  assert.equal((await valuesOf(series, "b_x"))[0], 50_000);
  assert.equal(outcome.quality.assumptions.at(-1)?.subject, "row_order");
  assert.equal(outcome.quality.backward_steps.count, 0);
  const clock = file("time", ["00:00:01", "00:00:00", "23:59:59"]);
  assert.deepEqual(await timesOf((await accepted(clock)).series), [0, 1e6, 2e6]);
  const sensors = "time,b_x,b_y,b_z,sensor_id\n3.5,1,2,3,a\n3.5,2,2,3,b\n2.5,3,2,3,a\n2.5,4,2,3,b\n";
  assert.deepEqual(await valuesOf((await accepted(sensors)).series, "b_x"), [3, 1, 4, 2]);
  const { findings } = await refused(file("time (s)", ["3.5", "2.5", "x"]));
  assert.equal(findings[0].line, 4);
});

test("any time written in any form reads back as itself", async () => {
  const two = (value: number) => String(value).padStart(2, "0");
  const forms: readonly (readonly [string, (date: Date) => string])[] = [
    [
      "time",
      (d) =>
        `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${d.getUTCFullYear()} ${d.toISOString().slice(11, 23)}`,
    ],
    ["date,time", (d) => `${d.toISOString().slice(0, 10)},${d.toISOString().slice(11, 23)}`],
    ["time", (d) => d.toISOString().replace(/[-:]/g, "")],
    [
      "time",
      (d) =>
        d
          .toUTCString()
          .replace(" GMT", `.${String(d.getUTCMilliseconds()).padStart(3, "0")} GMT`)
          .replace(",", ""),
    ],
    ["epoch_ms", (d) => String(d.getTime())],
    ["time", (d) => `${BigInt(d.getTime()) * 1000000n}`],
  ];
  const starts = fc.date({
    min: new Date("1990-01-01T00:00:00Z"),
    max: new Date("2069-12-01T00:00:00Z"),
    noInvalidDate: true,
  });
  await fc.assert(
    fc.asyncProperty(
      starts,
      fc.integer({ min: 1, max: 999 }),
      fc.constantFrom(...forms),
      async (start, step, [names, write]) => {
        const dates = [0, 1, 2].map((i) => new Date(start.getTime() + i * step));
        const { series } = await accepted(file(names, dates.map(write)));
        assert.deepEqual(
          await timesOf(series),
          dates.map((date) => date.getTime() * 1000),
        );
      },
    ),
    { numRuns: 300, seed: 8 },
  );
});
