import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, timesOf, valuesOf } from "../../../../../test/support/ingestBytes.ts";

const START_MS = Date.UTC(2026, 5, 15, 9);
const timeOf = (i: number): string => new Date(START_MS + 20 * i).toISOString();

/** A query's answer in the documented form: a table a field, one line a value. */
function longFile(rows: number, stations: readonly string[], fields = ["bx_nT", "by_nT", "bz_nT"]): string {
  const head = [
    "#group,false,false,true,true,false,false,true,true,true",
    "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string",
    "#default,_result,,,,,,,,",
    ",result,table,_start,_stop,_time,_value,_field,_measurement,station",
  ];
  const tables = stations.flatMap((station, s) => fields.map((field, f) => ({ station, s, field, f })));
  const body = tables.flatMap(({ station, s, field, f }, table) =>
    Array.from(
      { length: rows },
      (_, i) =>
        `,,${table},${timeOf(0)},${timeOf(9999)},${timeOf(i)},${1000 * (f + 1) + 10 * s + i / 10},${field},mag,${station}`,
    ),
  );
  return [...head, ...body, ""].join("\r\n");
}

test("one value a line becomes one row a time", async () => {
  const { outcome, series } = await accepted(longFile(200, ["north"]));
  assert.deepEqual([outcome.source.format, outcome.rows, outcome.source.unit], ["influx_csv", 200, "nT"]);
  assert.deepEqual([outcome.time.start, outcome.tracks[0].sensor_id], ["2026-06-15T09:00:00.000Z", "north"]);
  assert.deepEqual((await valuesOf(series, "b_y")).slice(0, 2), [2000, 2000.1]);
  assert.equal((await timesOf(series))[199], START_MS * 1000 + 199 * 20_000);
});

test("sets of tags become tracks, and a value that is not there is missing", async () => {
  const text = longFile(5, ["north", "south"]).replace(/.*,1000\.2,.*\r\n/, "");
  const { outcome, series } = await accepted(text);
  assert.deepEqual(
    outcome.tracks.map(({ sensor_id }) => sensor_id),
    ["north", "south"],
  );
  assert.ok(Number.isNaN((await valuesOf(series, "b_x"))[2]));
  assert.equal((await valuesOf(series, "b_z"))[7], 3010.2);
});

test("_value is never taken for a field, and faults name their line", async () => {
  assert.equal((await refused(longFile(5, ["north"], ["temperature"]))).findings[0].code, "column_missing");
  const broken = longFile(5, ["north"]);
  assert.deepEqual((await refused(broken.replace(",1000.2,", ",1000.2.1,"))).findings[0].line, 7);
  assert.equal((await refused(broken.replaceAll("_time", "_tyme"))).findings[0].code, "column_missing");
  assert.equal((await refused(broken.replace(timeOf(1), "now"))).findings[0].code, "not_a_time");
});

test("rows in descending order are put in order", async () => {
  const lines = longFile(5, ["north"]).trim().split("\r\n");
  const text = [...lines.slice(0, 4), ...lines.slice(4).reverse()].join("\n");
  const { outcome, series } = await accepted(`${text}\n`);
  assert.deepEqual((await valuesOf(series, "b_x"))[0], 1000);
  assert.ok(outcome.quality.notes.some(({ code }) => code === "sorted_by_time"));
});

test("a pivoted table is read as it stands, without what Flux added", async () => {
  const text = [
    "#group,false,false,true,true,false,false,false,false",
    "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,double,double",
    "#default,_result,,,,,,,",
    ",result,table,_start,_stop,_time,bx_nT,by_nT,bz_nT",
    ...[0, 1, 2].map((i) => `,,0,${timeOf(0)},${timeOf(99)},${timeOf(i)},${100 + i},200,300`),
    "",
  ].join("\n");
  const { outcome, series } = await accepted(text);
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b"]);
  assert.deepEqual(await valuesOf(series, "b_x"), [100, 101, 102]);
  const { findings } = await refused(text.replace(",101,", ",high,"));
  assert.deepEqual(
    findings.map(({ line }) => line),
    [6],
  );
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(Buffer.from(longFile(20, ["north", "south"])), 5);
});
