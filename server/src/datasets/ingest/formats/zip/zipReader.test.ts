import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import {
  accepted,
  ingestBytes,
  refused,
  testLimits,
  timesOf,
  valuesOf,
} from "../../../../../test/support/ingestBytes.ts";
import { inspectFile } from "../../inspectFile.ts";

/** An archive in the documented form: local headers with their files, then the directory. */
function archive(files: Readonly<Record<string, string>>): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const packed = deflateRawSync(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(text), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(Buffer.byteLength(text), 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.concat([Buffer.from("504b0304", "hex"), common, Buffer.from(name), packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.from("504b01021400", "hex"), common, tail, Buffer.from(name));
    local.push(entry);
    at += entry.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("504b0506", "hex");
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...local, listing, end]);
}

const phyphox = (rows: number): string =>
  `"Time (s)","Magnetic field x (µT)","Magnetic field y (µT)","Magnetic field z (µT)"\n${Array.from(
    { length: rows },
    (_, i) => `${i / 100},${18 + i / 10},-0.78,45\n`,
  ).join("")}`;
const logger = (x: number): string =>
  `time,seconds_elapsed,z,y,x\n${[0, 1, 2].map((i) => `171803073687${i}000000,${i / 1000},45,-0.78,${x}\n`).join("")}`;

test("the one table of a phyphox archive is read", async () => {
  const file = archive({
    "Raw Data.csv": phyphox(50),
    "meta/device.csv": '"property","value"\n"model","X"\n',
    "meta/time.csv": '"event"\n"START"\n',
  });
  const { outcome, series } = await accepted(file, { pieceBytes: 97 });
  assert.deepEqual([outcome.rows, outcome.source.format, outcome.source.compression], [50, "text", "zip"]);
  assert.deepEqual(outcome.quality.assumptions, []);
  assert.equal((await valuesOf(series, "b_x"))[1], 18100);
});

test("among Sensor Logger's files the calibrated magnetometer is taken and the others are offered", async () => {
  const files = {
    "Accelerometer.csv": logger(9),
    "Annotation.csv": "time\n",
    "MagnetometerUncalibrated.csv": logger(21),
    "Magnetometer.csv": logger(18),
    "Metadata.csv": "version\n1\n",
  };
  const { outcome, series } = await accepted(archive(files));
  assert.equal((await valuesOf(series, "b_x"))[0], 18000);
  const assumption = outcome.quality.assumptions.find(({ subject }) => subject === "sensors")!;
  assert.match(assumption.taken, /"Magnetometer.csv"/);
  const other = assumption.others.find(({ label }) => label.includes("Uncalibrated"))!;
  const again = await accepted(archive(files), { mapping: other.mapping });
  assert.equal((await valuesOf(again.series, "b_x"))[0], 21000);
  assert.ok(again.outcome.quality.assumptions.every(({ subject }) => subject !== "sensors"));
});

const TIMES = [
  '"event","experiment time","system time","system time text"',
  '"START",0.000000000E0,1.700000000E9,"2023-11-14 22:13:20.000 UTC+00:00"',
  '"PAUSE",2.0E-1,1.7000000002E9,"x"',
  '"START",2.0E-1,1.700000100E9,"x"',
].join("\n");

test("of phyphox's several files the one with a field's columns is read, from when it was started, without its pauses", async () => {
  const other =
    '"Time (s)","Acceleration x (m/s^2)","Acceleration y (m/s^2)","Acceleration z (m/s^2)"\n0,1,2,9\n';
  const location =
    '"Time (s)","Latitude (°)","Longitude (°)","Height (m)"\n0.0E0,50,10,200\n4.0E-1,51,10,NaN\n';
  const files = {
    "Raw data 1.csv": other,
    "Raw data 2.csv": phyphox(50),
    "Location.csv": location,
    "meta/time.csv": TIMES,
  };
  const { outcome, series } = await accepted(archive(files));
  const times = await timesOf(series);
  assert.deepEqual([outcome.time.kind, times[0], times[19]], ["absolute", 1.7e15, 1.7e15 + 190_000]);
  assert.equal(times[20], 1.7e15 + 100e6);
  assert.match(
    outcome.quality.notes.find(({ code }) => code === "started_at")!.message,
    /2023-11-14T22:13:20.*paused 1/,
  );
  assert.match(
    outcome.quality.assumptions.find(({ taken }) => taken.includes("Raw data 2"))!.reason,
    /columns/,
  );
  const lat = await valuesOf(series, "lat");
  assert.deepEqual([lat[0], Math.round(lat[20] * 1e6) / 1e6, lat[49]], [50, 50.5, 51]);
  const given = { time: { start: "2020-01-01T00:00:00Z" } };
  assert.equal(
    (await timesOf((await accepted(archive(files), { mapping: given })).series))[0],
    1_577_836_800e6,
  );
});

test("phyphox's semicolons and decimal commas are read in its file of times, too", async () => {
  const files = {
    "Raw Data.csv": phyphox(30).replaceAll(",", ";").replaceAll(".", ","),
    "meta/time.csv": '"event";"experiment time";"system time"\n"START";0,5;1700000000,25\n',
  };
  const { series } = await accepted(archive(files));
  assert.equal((await timesOf(series))[0], 1.7e15 - 250_000);
});

test("Sensor Logger's positions are joined by time, and a mapping of them is none of the readings'", async () => {
  const at = (ms: number, lat: number): string =>
    `${1718030736870 + ms}000000,${ms / 1000},5,300,${lat},11\n`;
  const files = {
    "Accelerometer.csv": logger(9),
    "Magnetometer.csv": logger(18),
    "Location.csv": `time,seconds_elapsed,horizontalAccuracy,altitude,latitude,longitude\n${at(0, 48)}${at(2, 49)}`,
  };
  const { outcome, series } = await accepted(archive(files));
  assert.deepEqual(await valuesOf(series, "lat"), [48, 48.5, 49]);
  assert.deepEqual(await valuesOf(series, "lon"), [11, 11, 11]);
  assert.equal((await valuesOf(series, "altitude"))[0], 300);
  const said = outcome.quality.assumptions.find(({ taken }) => taken.includes("Location.csv"))!;
  const inspected = await inspectFile({
    head: { bytes: archive(files), complete: true },
    limits: testLimits,
  });
  assert.match(inspected.mapping.columns!.lat!, /Location.csv/);
  assert.ok(inspected.readings!.place !== null);
  const again = await accepted(archive(files), { mapping: inspected.mapping });
  assert.deepEqual(await valuesOf(again.series, "lat"), [48, 48.5, 49]);
  const without = await accepted(archive(files), { mapping: said.others[0].mapping });
  assert.ok(!without.outcome.channels.includes("lat"));
});

test("it asks where names do not tell, and refuses what is no recording in words", async () => {
  const { outcome } = await ingestBytes(archive({ "a.csv": phyphox(3), "b.csv": phyphox(3) }));
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.questions[0].choices.map(({ mapping }) => mapping.member),
    ["a.csv", "b.csv"],
  );
  const workbook = archive({ "[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>" });
  assert.match((await refused(workbook)).findings[0].expected, /saved as CSV/);
  const absent = await refused(archive({ "a.csv": phyphox(3) }), { mapping: { member: "c.csv" } });
  assert.match(absent.findings[0].expected, /"a.csv"/);
  const nested = archive({ "a.zip": archive({ "a.csv": phyphox(3) }).toString("latin1") });
  assert.equal((await refused(nested)).findings[0].code, "not_supported");
});

test("an archive that grows beyond the limits is stopped", async () => {
  const bomb = archive({ "a.csv": `t,b_x,b_y,b_z\n${"1,2,3,4\n".repeat(4_000_000)}` });
  assert.equal((await refused(bomb)).findings[0].code, "decompression_limit");
  const small = { ...testLimits, maxDecompressedBytes: 1000, maxRatio: 1e9 };
  assert.equal(
    (await refused(archive({ "a.csv": phyphox(500) }), { limits: small })).findings[0].code,
    "decompression_limit",
  );
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(archive({ "Magnetometer.csv": phyphox(40), "Gyroscope.csv": phyphox(4) }), 7, 60);
});
