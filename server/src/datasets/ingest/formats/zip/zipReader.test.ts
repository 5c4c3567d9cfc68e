import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, deflateRawSync } from "node:zlib";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import {
  accepted,
  ingestBytes,
  refused,
  testLimits,
  valuesOf,
} from "../../../../../test/support/ingestBytes.ts";

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
