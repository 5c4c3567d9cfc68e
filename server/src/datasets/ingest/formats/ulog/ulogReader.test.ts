import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { ULog } from "@foxglove/ulog";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, timesOf, valuesOf } from "../../../../../test/support/ingestBytes.ts";

function message(type: string, data: Buffer): Buffer {
  const header = Buffer.alloc(3);
  header.writeUInt16LE(data.length);
  header.write(type, 2);
  return Buffer.concat([header, data]);
}

const subscribe = (id: number, instance: number, topic: string): Buffer =>
  message("A", Buffer.concat([Buffer.from([instance, id, 0]), Buffer.from(topic)]));

function reading(id: number, us: number, gauss: readonly number[], padding: number): Buffer {
  const data = Buffer.alloc(2 + 8 + padding + 12);
  data.writeUInt16LE(id);
  data.writeBigUInt64LE(BigInt(us), 2);
  for (const [i, value] of gauss.entries()) data.writeFloatLE(value, 10 + padding + 4 * i);
  return message("D", data);
}

/** A log in the documented form: two magnetometers, and the calibrated field of the first. */
function log(rows: number, topics = ["sensor_mag", "vehicle_magnetometer"]): Buffer {
  const header = Buffer.alloc(16);
  header.write("554c6f6701123501", "hex");
  const parts = [
    header,
    message("B", Buffer.alloc(40)),
    message("F", Buffer.from("sensor_mag:uint64_t timestamp;uint32_t device_id;float x;float y;float z;")),
    message("F", Buffer.from("inner:float[2] a;uint8_t b;")),
    message(
      "F",
      Buffer.from("vehicle_magnetometer:uint64_t timestamp;inner[2] in;float[3] magnetometer_ga;"),
    ),
    ...(topics.includes("sensor_mag") ? [subscribe(1, 0, "sensor_mag"), subscribe(2, 1, "sensor_mag")] : []),
    ...(topics.includes("vehicle_magnetometer") ? [subscribe(3, 0, "vehicle_magnetometer")] : []),
  ];
  for (let i = 0; i < rows; i++) {
    if (topics.includes("sensor_mag")) {
      parts.push(
        reading(1, 1000 * i, [0.25, 0.5, i / 1000], 4),
        reading(2, 1000 * i + 5, [0.125, 0.5, i / 1000], 4),
      );
    }
    if (topics.includes("vehicle_magnetometer"))
      parts.push(reading(3, 1000 * i + 9, [0.5, 0.25, i / 1000], 18));
    parts.push(message("L", Buffer.from("6abcdefgha text")));
  }
  return Buffer.concat(parts);
}

test("several magnetometers are tracks, gauss is nT, times are µs since the start", async () => {
  const { outcome, series } = await accepted(log(20, ["sensor_mag"]), { pieceBytes: 77 });
  assert.deepEqual(
    [outcome.source.format, outcome.source.unit, outcome.time.kind],
    ["ulog", "G", "relative"],
  );
  assert.deepEqual(
    outcome.tracks.map(({ sensor_id, start_index }) => [sensor_id, start_index]),
    [
      ["sensor_mag 0", 0],
      ["sensor_mag 1", 20],
    ],
  );
  assert.deepEqual((await valuesOf(series, "b_x")).slice(19, 21), [25_000, 12_500]);
  assert.equal((await timesOf(series))[39], 19_005);
});

test("the calibrated topic goes before, and that is said", async () => {
  const { outcome, series } = await accepted(gzipSync(log(5)));
  assert.deepEqual(await valuesOf(series, "b_x"), Array(5).fill(50_000));
  assert.deepEqual(
    outcome.quality.assumptions.map(({ taken }) => taken),
    ["the topic vehicle_magnetometer"],
  );
  assert.match((await refused(log(5, []))).findings[0].expected, /sensor_mag/);
});

test("positions of either form are joined by time, and a receiver without a fix has none", async () => {
  const forms = [
    ["int32_t lat;int32_t lon;int32_t alt;uint8_t fix_type;", 13, 1e7, 1e3],
    ["double latitude_deg;double longitude_deg;double altitude_msl_m;uint8_t fix_type;", 25, 1, 1],
  ] as const;
  for (const [fields, size, degree, metre] of forms) {
    const at = (us: number, lat: number, fixType: number): Buffer => {
      const data = Buffer.alloc(10 + size);
      data.writeUInt16LE(9);
      data.writeBigUInt64LE(BigInt(us), 2);
      const numbers = [lat * degree, 10 * degree, 500 * metre];
      for (const [i, value] of numbers.entries()) {
        if (degree === 1) data.writeDoubleLE(value, 10 + 8 * i);
        else data.writeInt32LE(value, 10 + 4 * i);
      }
      data[9 + size] = fixType;
      return message("D", data);
    };
    const file = Buffer.concat([
      log(5, ["sensor_mag"]),
      message("F", Buffer.from(`vehicle_gps_position:uint64_t timestamp;${fields}`)),
      subscribe(9, 0, "vehicle_gps_position"),
      at(0, 50, 3),
      at(2000, 51, 3),
      at(3000, 80, 0),
      at(20e6, 60, 3),
    ]);
    const { outcome, series } = await accepted(file, { pieceBytes: 100 });
    assert.deepEqual((await valuesOf(series, "lat")).slice(0, 5), [50, 50.5, 51, 51, 51]);
    assert.deepEqual((await valuesOf(series, "altitude")).slice(0, 2), [500, 500]);
    assert.ok(outcome.quality.assumptions.some(({ taken }) => taken.includes("vehicle_gps_position")));
  }
});

test("another reader of the format finds the same", async () => {
  const file = log(10, ["sensor_mag"]);
  const other = new ULog({
    open: async () => file.length,
    size: () => file.length,
    read: async (at, n) => Uint8Array.from(file.subarray(at, at + n)),
  });
  await other.open();
  const theirs: number[] = [];
  for await (const one of other.readMessages({ msgIds: new Set([1]), includeLogs: false })) {
    if ("value" in one) theirs.push(Number((one.value as { timestamp: bigint }).timestamp));
  }
  assert.deepEqual((await timesOf((await accepted(file)).series)).slice(0, 10), theirs);
});

test("what a crash cut off before appended data is passed over", async () => {
  const begun = log(5, ["sensor_mag"]);
  const stump = reading(1, 9e6, [1, 1, 1], 4).subarray(0, 9);
  const flags = Buffer.alloc(40);
  flags[8] = 1;
  flags.writeBigUInt64LE(BigInt(begun.length + stump.length), 16);
  const file = Buffer.concat([begun, stump, reading(1, 6000, [0.25, 0.5, 0.1], 4)]);
  message("B", flags).copy(file, 16);
  assert.equal((await accepted(file)).outcome.rows, 11);
  flags[9] = 1;
  message("B", flags).copy(file, 16);
  assert.equal((await refused(file)).findings[0].code, "not_supported");
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(log(20), 8, 60);
});
