import assert from "node:assert/strict";
import { test } from "node:test";
import { tableFromArrays, tableToIPC } from "apache-arrow";
import { accepted, ingestBytes, refused, valuesOf } from "../support/ingestBytes.ts";

/** For values that are no field of the Earth. */
const IN_NT = { mapping: { unit: "nT" } } as const;

const MAG =
  "time_s,mag_nT,lat,lon\n0,50284.3,56.1,24.1\n1,-12.5,56.1,24.1\n2,,56.1,24.1\n3,50284.5,56.1,24.1\n";

test("total field alone is a dataset: b is a channel, missing cells are said, axes are nowhere", async () => {
  const { outcome, series } = await accepted(MAG);
  assert.deepEqual(outcome.channels, ["b", "lat", "lon"]);
  assert.deepEqual(await valuesOf(series, "b"), [50284.3, -12.5, Number.NaN, 50284.5]);
  assert.deepEqual(outcome.quality.missing, [{ channel: "b", count: 1, first_lines: [4] }]);
  assert.ok(Math.abs(outcome.quality.median_field_nt! - 50284) < 300);
  assert.deepEqual(outcome.quality.assumptions, []);
  assert.equal(outcome.source.unit, "nT");
  assert.equal(outcome.source.columns[1]?.becomes, "b");
});

test("a total field in another unit is nT, and a bare name that says little is an assumption", async () => {
  const { series, outcome } = await accepted("time_s,Total field (µT)\n0,50\n1,51\n");
  assert.deepEqual(await valuesOf(series, "b"), [50_000, 51_000]);
  assert.deepEqual(outcome.quality.assumptions, []);
  const bare = (await accepted("time_s,field\n0,50000\n1,51000\n")).outcome.quality;
  assert.deepEqual(
    bare.assumptions.map(({ subject, column }) => [subject, column]),
    [
      ["field_unit", null],
      ["field_columns", "field"],
    ],
  );
});

test("Arrow may hold total field alone, too", async () => {
  const table = tableFromArrays({
    time: Float64Array.of(0, 1, 2),
    TMI: Float64Array.of(48_000, 48_001, 48_002),
  });
  const { series, outcome } = await accepted(tableToIPC(table, "file"));
  assert.deepEqual(outcome.channels, ["b"]);
  assert.deepEqual(await valuesOf(series, "b"), [48_000, 48_001, 48_002]);
});

test("beside axes the file's total field is a further channel, and the report says whether it agrees", async () => {
  const rows = "0,30,0,40,50\n1,30,0,40,50\n";
  const { outcome, series } = await accepted(`time_s,Bx (µT),By (µT),Bz (µT),BT (µT)\n${rows}`);
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "BT_µT"]);
  assert.deepEqual(await valuesOf(series, "b"), [50_000, 50_000]);
  assert.ok(outcome.quality.notes.some(({ code }) => code === "total_field_agrees"));
  const wrong = await accepted(`time_s,Bx,By,Bz,BT\n0,30,0,40,70\n1,30,0,40,70\n`);
  const note = wrong.outcome.quality.notes.find(({ code }) => code === "total_field_differs");
  assert.match(note!.message, /70000 nT in the file, 50000 nT computed/);
});

test("a mapping may name the total field of a file that has axes: it is b, and is not computed", async () => {
  const { series } = await accepted("time_s,Bx,By,Bz,F\n0,30,0,40,70\n", {
    mapping: { columns: { b: "F" } },
  });
  assert.deepEqual(series.channels, ["b_x", "b_y", "b_z", "b"]);
  assert.deepEqual(await valuesOf(series, "b"), [70_000]);
});

test("without axes and total field the axes are asked for, as before; one axis mapped asks for the others", async () => {
  const { findings } = await refused("time_s,pressure\n0,1\n");
  assert.deepEqual(
    findings.map(({ column }) => column),
    ["b_x", "b_y", "b_z"],
  );
  const half = await refused("time_s,one,mag\n0,1,2\n", { mapping: { columns: { b_x: "one" } } });
  assert.deepEqual(
    half.findings.map(({ column }) => column),
    ["b_y", "b_z"],
  );
});

for (const [header, names, first] of [
  ["B1x_nT,B1y_nT,B1z_nT,B2x_nT,B2y_nT,B2z_nT", ["2"], "1"],
  ["mag1_x,mag1_y,mag1_z,mag2_x,mag2_y,mag2_z", ["2"], "1"],
  ["mx0,my0,mz0,mx1,my1,mz1", ["1"], "0"],
  ["Bx upper,By upper,Bz upper,Bx lower,By lower,Bz lower", ["lower"], "upper"],
  ["bx,by,bz,bx.1,by.1,bz.1", ["1"], "0"],
  ["sensor1_x,sensor1_y,sensor1_z,sensor2_x,sensor2_y,sensor2_z", ["2"], "1"],
] as const) {
  test(`two sensors of axes in a row: ${header}`, async () => {
    const { outcome, series } = await accepted(`time_s,${header}\n0,3,0,4,6,0,8\n1,3,0,4,6,0,8\n`, IN_NT);
    const [name] = names;
    assert.deepEqual(outcome.channels, [
      ...["b_x", "b_y", "b_z", "b"],
      ...[`b_x@${name}`, `b_y@${name}`, `b_z@${name}`, `b@${name}`],
    ]);
    assert.deepEqual(await valuesOf(series, "b"), [5, 5]);
    assert.deepEqual(await valuesOf(series, `b@${name}`), [10, 10]);
    const [assumption] = outcome.quality.assumptions;
    assert.equal(assumption?.subject, "sensors");
    assert.match(assumption!.taken, new RegExp(`^Sensor ${first} \\(`));
  });
}

test("another sensor may be first: the mapping that an assumption offers makes it so", async () => {
  const csv = "time_s,B1x,B1y,B1z,B2x,B2y,B2z\n0,3,0,4,6,0,8\n";
  const { outcome } = await accepted(csv, IN_NT);
  const { mapping } = outcome.quality.assumptions[0]!.others[0]!;
  const { series } = await accepted(csv, { mapping: { ...mapping, unit: "nT" } });
  assert.deepEqual(await valuesOf(series, "b"), [10]);
  assert.deepEqual(await valuesOf(series, "b@1"), [5]);
});

test("total fields of a gradiometer: the first is b, the others have their names", async () => {
  for (const [header, other] of [
    ["F1,F2", "b@2"],
    ["b_upper,b_lower", "b@lower"],
  ] as const) {
    const { outcome, series } = await accepted(`time_s,${header}\n0,50000,49990\n1,50001,49991\n`);
    assert.deepEqual(outcome.channels, ["b", other]);
    assert.deepEqual(await valuesOf(series, other), [49_990, 49_991]);
    assert.ok(outcome.quality.assumptions.some(({ subject }) => subject === "sensors"));
  }
});

test("the caller may name sensors; an incomplete one is refused", async () => {
  const csv = "time_s,p,q,r,s,v,w\n0,3,0,4,6,0,8\n";
  const columns = { b_x: "p", b_y: "q", b_z: "r" };
  const sensors = { "tail boom": { b_x: "s", b_y: "v", b_z: "w" } };
  const { series, outcome } = await accepted(csv, { mapping: { columns, sensors, unit: "nT" } });
  assert.deepEqual(await valuesOf(series, "b@tail-boom"), [10]);
  assert.deepEqual(outcome.quality.assumptions, []);
  const { findings } = await refused(csv, { mapping: { columns, sensors: { tail: { b_x: "s" } } } });
  assert.match(findings[0]!.expected, /its b_x, b_y and b_z, or its b/);
});

test("of a log of several kinds of sensors the magnetometer's rows are read, and the report says so", async () => {
  const rows = (names: string[]) => names.map((name, i) => `${name},${i},${i},3,0,4`).join("\n");
  const header = "sensor,time,seconds_elapsed,x,y,z\n";
  const { outcome, series } = await accepted(
    header + rows(["Accelerometer", "Magnetometer", "Gyroscope", "Magnetometer", "Accelerometer"]),
  );
  assert.equal(outcome.rows, 2);
  assert.deepEqual(await valuesOf(series, "b"), [5000, 5000]);
  const said = outcome.quality.assumptions.find(({ subject }) => subject === "sensors");
  assert.match(said!.taken, /2 of Accelerometer, 1 of Gyroscope/);
  const { findings } = await refused(header + rows(["Accelerometer", "Gyroscope"]));
  assert.match(findings[0]!.expected, /rows of a magnetometer; all are of Accelerometer, Gyroscope/);
});

test("a scalar magnetometer's compass is no field beside its reading", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => {
    const time = `10:00:${String(i).padStart(2, "0")}.00`;
    return `${i},2026/06/15,${time},56.86,24.1,${(50_000 + i).toFixed(3)},1,${100 + i},-35,412`;
  });
  const header = "Counter,Date,Time,Latitude,Longitude,Mag,MagValid,CompassX,CompassY,CompassZ";
  const { outcome, series } = await accepted(`${[header, ...rows].join("\n")}\n`);
  assert.ok(!outcome.channels.includes("b_x"));
  assert.deepEqual((await valuesOf(series, "b")).slice(0, 2), [50_000, 50_001]);
  assert.equal(outcome.time.start, "2026-06-15T10:00:00.000Z");
});

test("x, y, z beside a total field that they do not make are asked about, and either answer is taken", async () => {
  const rows = Array.from(
    { length: 50 },
    (_, i) => `${i},${431_200 + i},${6_301_500 + i},112.4,${50_000 + i}`,
  );
  const file = `time_s,x,y,z,B_total (nT)\n${rows.join("\n")}\n`;
  const { outcome } = await ingestBytes(file);
  assert.ok(!outcome.ok);
  const [question] = outcome.questions;
  assert.equal(question?.subject, "field_columns");
  const [places, axes] = question.choices.map(({ mapping }) => mapping);
  const scalar = await accepted(file, { mapping: places! });
  assert.deepEqual(scalar.outcome.channels, ["b"]);
  assert.equal((await valuesOf(scalar.series, "b"))[0], 50_000);
  const vector = await accepted(file, { mapping: { ...axes, unit: "nT" } });
  assert.equal((await valuesOf(vector.series, "b_x"))[0], 431_200);
  // Three axes that make the total field are axes.
  const field = await accepted("time_s,x,y,z,total\n0,20000,-1000,43000,47434\n1,20001,-1000,43000,47434\n");
  assert.ok(field.outcome.channels.includes("b_x"));
});
