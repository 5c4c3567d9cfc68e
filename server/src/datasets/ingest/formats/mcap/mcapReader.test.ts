import assert from "node:assert/strict";
import { test } from "node:test";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, testLimits, timesOf, valuesOf } from "../../../../../test/support/ingestBytes.ts";
import { type FixtureMessage, RosWriter, recording } from "../../../../../test/support/mcapFixture.ts";

const START_US = 1_700_000_000_000_000;
const COVARIANCE = Array<number>(9).fill(0);

function field(i: number, topic = "/imu/mag", change: Partial<FixtureMessage> = {}): FixtureMessage {
  const us = START_US + 20_000 * i;
  return {
    topic,
    schema: "sensor_msgs/msg/MagneticField",
    schemaEncoding: "ros2msg",
    encoding: "cdr",
    logUs: us + 3000,
    data: new RosWriter()
      .header(us)
      .doubles(2e-5, 1e-5, (40_000 + i) / 1e9, ...COVARIANCE)
      .finish(),
    ...change,
  };
}

function fix(i: number, lat: number, status = 0): FixtureMessage {
  const us = START_US + 20_000 * i;
  const data = new RosWriter()
    .header(us, "gps")
    .int8(status)
    .uint16(1)
    .doubles(lat, 10, 100, ...COVARIANCE)
    .int8(0)
    .finish();
  return {
    topic: "/fix",
    schema: "sensor_msgs/msg/NavSatFix",
    schemaEncoding: "ros2msg",
    encoding: "cdr",
    logUs: us + 5000,
    data,
  };
}

const json = (i: number, topic: string, message: object): FixtureMessage => ({
  topic,
  schema: "Reading",
  schemaEncoding: "jsonschema",
  encoding: "json",
  logUs: START_US + 20_000 * i,
  data: Buffer.from(JSON.stringify(message)),
});

const fields = (rows: number, topic?: string): FixtureMessage[] =>
  Array.from({ length: rows }, (_, i) => field(i, topic));

for (const packing of ["none", "zstd", "lz4", "unchunked"] as const) {
  test(`tesla are nT and stamps are the time of a recording whose chunks are packed by: ${packing}`, async () => {
    const { outcome, series } = await accepted(await recording(fields(60), packing), { pieceBytes: 777 });
    assert.deepEqual([outcome.source.format, outcome.source.unit, outcome.rows], ["mcap", "T", 60]);
    assert.deepEqual(outcome.tracks, [{ sensor_id: "/imu/mag", start_index: 0, end_index: 59 }]);
    assert.deepEqual(outcome.quality.assumptions, []);
    assert.ok(Math.abs((await valuesOf(series, "b_z"))[59] - 40_059) < 1e-6);
    assert.deepEqual((await timesOf(series)).slice(0, 2), [START_US, START_US + 20_000]);
    assert.equal(outcome.time.kind, "absolute");
  });
}

test("ROS 1, big-endian CDR and the second version of CDR hold the same", async () => {
  const writers = [new RosWriter(0), new RosWriter(8, false), new RosWriter(4)];
  for (const [kind, writer] of writers.entries()) {
    const data = writer
      .header(START_US, "a")
      .doubles(2e-5, 1e-5, 4e-5, ...COVARIANCE)
      .finish();
    const isRos1 = kind === 0;
    const change = isRos1
      ? { encoding: "ros1", schemaEncoding: "ros1msg", schema: "sensor_msgs/MagneticField", data }
      : { data };
    const { series } = await accepted(await recording([field(0, "/m", change), field(0, "/m", change)]));
    assert.ok(Math.abs((await valuesOf(series, "b_x"))[0] - 20_000) < 1e-9, `writer ${kind}`);
    assert.equal((await timesOf(series))[0], START_US);
  }
});

test("topics are tracks, and the fixes of a receiver are joined onto both by time", async () => {
  const messages = [
    ...[0, 1, 2, 3, 4].flatMap((i) => [field(i, "/mag/left"), field(i, "/right")]),
    fix(0, 50),
    fix(2, 51),
    fix(3, 99, -1),
  ];
  const { outcome, series } = await accepted(await recording(messages));
  assert.deepEqual(
    outcome.tracks.map(({ sensor_id }) => sensor_id),
    ["/mag/left", "/right magnetometer"],
  );
  assert.deepEqual((await valuesOf(series, "lat")).slice(0, 5), [50, 50.5, 51, 51, 51]);
  assert.deepEqual([...new Set(await valuesOf(series, "altitude"))], [100]);
  const said = outcome.quality.assumptions.find(({ taken }) => taken.includes("/fix"))!;
  assert.match(said.reason, /10 s apart.*5 s away/);
  assert.match(
    outcome.quality.notes.find(({ code }) => code === "places_joined")!.message,
    /at most 0\.04 s/,
  );
  const without = await accepted(await recording(messages), { mapping: said.others[0].mapping });
  assert.ok(!without.outcome.channels.includes("lat"));
  const again = await accepted(await recording(messages), {
    mapping: { columns: { lat: "lat of /fix (joined by time)", b_x: "magnetic_field.x (T)" } },
  });
  assert.equal((await valuesOf(again.series, "lat"))[1], 50.5);
});

test("stamps far from the time of recording are said, and the other can be taken", async () => {
  const late = fields(5).map((one) => ({ ...one, logUs: one.logUs + 3600e6 }));
  const { outcome } = await accepted(await recording(late));
  const [assumption] = outcome.quality.assumptions;
  assert.match(assumption.reason, /3600 s later/);
  const other = await accepted(await recording(late), { mapping: assumption.others[0].mapping });
  assert.equal((await timesOf(other.series))[0], START_US + 3600e6 + 3000);
});

test("without stamps the time of recording is taken, and said; a simulation's clock counts from its start", async () => {
  const data = new RosWriter()
    .header(0)
    .doubles(2e-5, 1e-5, 4e-5, ...COVARIANCE)
    .finish();
  const { outcome, series } = await accepted(await recording(fields(5).map((one) => ({ ...one, data }))));
  assert.match(outcome.quality.assumptions[0].reason, /no time of their own/);
  assert.equal((await timesOf(series))[0], START_US + 3000);
  const simulated = Array.from({ length: 5 }, (_, i) => {
    const us = 1e6 + 20_000 * i;
    return field(i, "/mag", {
      logUs: us,
      data: new RosWriter()
        .header(us)
        .doubles(2e-5, 1e-5, 4e-5, ...COVARIANCE)
        .finish(),
    });
  });
  const relative = await accepted(await recording(simulated));
  assert.deepEqual([relative.outcome.time.kind, relative.outcome.time.start_us], ["relative", 1e6]);
});

test("JSON messages are read by the names in them; a topic of another kind is offered", async () => {
  const message = (i: number) => ({
    timestamp: { sec: 1_700_000_000, nsec: 1000 * i },
    mag: { x_ut: 20, y_ut: 10, z_ut: 40 + i },
    temperature: 20,
  });
  const jsonMessages = [0, 1, 2].map((i) => json(i, "/board", message(i)));
  const { outcome, series } = await accepted(await recording(jsonMessages));
  assert.deepEqual([outcome.source.unit, await valuesOf(series, "b_z")], ["µT", [40_000, 41_000, 42_000]]);
  assert.deepEqual(
    await timesOf(series),
    [0, 1, 2].map((i) => START_US + i),
  );
  assert.ok(outcome.channels.includes("mag.temperature") || outcome.channels.includes("temperature"));
  const both = await recording([...jsonMessages, ...fields(5)]);
  const [assumption] = (await accepted(both)).outcome.quality.assumptions;
  assert.match(assumption.taken, /\/imu\/mag/);
  assert.equal((await accepted(both, { mapping: assumption.others[0].mapping })).outcome.rows, 3);
});

test("protobuf messages are read by their schema", async () => {
  const wire = (number: number, bytes: Uint8Array | string): number[] => {
    const body = Buffer.from(bytes as string);
    assert.ok(body.length < 128 && number < 16);
    return [8 * number + 2, body.length, ...body];
  };
  const varint = (number: number, value: number): number[] => [8 * number, value];
  const member = (name: string, number: number, type: number, typeName = "", label = 1): number[] =>
    wire(2, [
      ...wire(1, name),
      ...varint(3, number),
      ...varint(4, label),
      ...varint(5, type),
      ...(typeName === "" ? [] : wire(6, typeName)),
    ] as unknown as string);
  const bytes = (numbers: number[]): string => numbers as unknown as string;
  const vector = [...wire(1, "V"), ...member("x", 1, 1), ...member("y", 2, 1), ...member("z", 3, 2)];
  const reading = [
    ...wire(1, "R"),
    ...member("time", 1, 11, ".google.protobuf.Timestamp"),
    ...member("mag", 2, 11, ".p.V"),
    ...member("more", 3, 1, "", 3),
  ];
  const length = vector.length + reading.length;
  assert.ok(length < 256);
  const file = [...wire(2, "p"), 8 * 4 + 2, vector.length, ...vector, 8 * 4 + 2, reading.length, ...reading];
  const schemaData = Uint8Array.from([10, (file.length & 127) | 128, file.length >> 7, ...file]);
  const double = (value: number): number[] => [...new Uint8Array(Float64Array.of(value).buffer)];
  const float = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
  const data = Uint8Array.from([
    ...wire(1, bytes([8, 0x80, 0xe2, 0xcf, 0xaa, 6, 16, 0xe8, 7])),
    ...wire(2, bytes([9, ...double(20_000), 29, ...float(40_000)])),
    ...wire(3, bytes([...double(1), ...double(2)])),
  ]);
  const one = {
    topic: "/m",
    schema: "p.R",
    schemaEncoding: "protobuf",
    encoding: "protobuf",
    schemaData,
    data,
  };
  const { outcome, series } = await accepted(
    await recording([0, 1].map((i) => ({ ...one, logUs: START_US + i }))),
  );
  assert.deepEqual(await timesOf(series), [START_US + 1, START_US + 1]);
  assert.deepEqual(
    [await valuesOf(series, "b_x"), await valuesOf(series, "b_y")],
    [
      [20_000, 20_000],
      [0, 0],
    ],
  );
  assert.deepEqual(await valuesOf(series, "b_z"), [40_000, 40_000]);
  assert.ok(outcome.channels.some((name) => name.startsWith("more")));
});

test("what is whole of a recording that was cut off is read, and that is said", async () => {
  const whole = await recording(fields(200), "zstd");
  for (const cut of [
    whole.subarray(0, whole.length >> 1),
    Buffer.concat([whole.subarray(0, 9000), Buffer.alloc(50)]),
  ]) {
    const { outcome } = await accepted(cut);
    assert.ok(outcome.rows > 10 && outcome.rows < 200, `${outcome.rows}`);
    assert.ok(outcome.quality.notes.some(({ code }) => code === "file_cut"));
  }
  const { quality } = (await accepted(whole)).outcome;
  assert.ok(quality.notes.every(({ code }) => code !== "file_cut"));
});

test("lengths that no recording has are refused before anything is kept for them", async () => {
  const file = Buffer.from(await recording(fields(5), "unchunked"));
  const header = file.indexOf(1, 8);
  file.writeBigUInt64LE(1n << 40n, header + 1);
  const long = (await refused(file)).findings[0];
  assert.match(`${long.value} ${long.expected}`, /1099511627776.*mcap filter/);
  const bomb = Array.from({ length: 20_000 }, (_, i) => ({
    ...field(0),
    logUs: START_US + i,
    data: field(0).data,
  }));
  const packed = await recording(bomb, "zstd", 8_000_000);
  const limits = { ...testLimits, maxRatio: 3, maxDecompressedBytes: 1e9 };
  assert.equal((await refused(packed, { limits })).findings[0].code, "decompression_limit");
});

test("a recording without a magnetometer is refused with its topics", async () => {
  const { findings } = await refused(await recording([fix(0, 50), json(0, "/odd", { speed: 1 })]));
  assert.match(findings[0].expected, /sensor_msgs\/MagneticField.*\/odd \(Reading\)/);
});

test("damage is read or said", async () => {
  const messages = [...fields(20), fix(0, 50), json(0, "/odd", { mag: { x: 1, y: 2, z: 3 } })];
  for (const packing of ["none", "zstd", "lz4", "unchunked"] as const) {
    await assertDamageIsSaid(await recording(messages, packing), 21, 50);
  }
});
