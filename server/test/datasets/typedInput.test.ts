import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import {
  CompressionType,
  compressionRegistry,
  Float64,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  TimestampMillisecond,
  TimestampNanosecond,
  tableFromArrays,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { Builder } from "flatbuffers";
import { accepted, ingestBytes, refused, timesOf, valuesOf } from "../support/ingestBytes.ts";

const START_US = Date.UTC(2025, 5, 5, 11, 24, 40) * 1000;
const folder = await mkdtemp(join(tmpdir(), "typed-input-"));
after(() => rm(folder, { recursive: true }));

function arrowTable(rows: number, kind: "file" | "stream"): Uint8Array {
  const t = Array.from({ length: rows }, (_, i) => START_US / 1000 + i);
  const x = Array.from({ length: rows }, (_, i) => (i % 5 === 2 ? null : i + 0.5));
  const table = new Table({
    time: vectorFromArray(t, new TimestampNanosecond("UTC")),
    b_x: vectorFromArray(x, new Float64()),
    b_y: vectorFromArray(Float32Array.from({ length: rows }, (_, i) => i / 2)),
    b_z: vectorFromArray(Int32Array.from({ length: rows }, (_, i) => -i)),
    count: vectorFromArray(BigInt64Array.from({ length: rows }, (_, i) => BigInt(i))),
    sensor_id: vectorFromArray(Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? "a" : "b"))),
    note: vectorFromArray(
      Array.from({ length: rows }, () => "text"),
      new Utf8(),
    ),
  });
  return tableToIPC(table, kind);
}

test("an index beyond the texts of an Arrow dictionary is refused, never read as a name", async () => {
  const sensors = vectorFromArray(["a", "b", "a", "b"]);
  (sensors.data[0]!.values as Int32Array)[2] = 7;
  const numbers = () => vectorFromArray(Float64Array.from([1, 2, 3, 4]));
  const table = new Table({
    time: numbers(),
    b_x: numbers(),
    b_y: numbers(),
    b_z: numbers(),
    sensor_id: sensors,
  });
  for (const kind of ["file", "stream"] as const) {
    const { findings } = await refused(tableToIPC(table, kind), {
      mapping: { time: { unit: "s" }, unit: "nT" },
    });
    assert.match(JSON.stringify(findings), /sensor_id.*text 7 of 2/);
  }
});

test("Arrow files and streams, plain or packed, give the same series", async () => {
  for (const bytes of [
    arrowTable(1000, "file"),
    arrowTable(1000, "stream"),
    gzipSync(arrowTable(1000, "stream")),
    zstdCompressSync(arrowTable(1000, "stream")),
  ]) {
    const { outcome, series } = await accepted(bytes, { pieceBytes: 1013 });
    assert.equal(outcome.source.format, "arrow");
    assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "count"]);
    assert.deepEqual(
      outcome.tracks.map(({ sensor_id, end_index }) => [sensor_id, end_index]),
      [
        ["a", 499],
        ["b", 999],
      ],
    );
    const rows = [
      ...Array.from({ length: 500 }, (_, i) => 2 * i),
      ...Array.from({ length: 500 }, (_, i) => 2 * i + 1),
    ];
    assert.deepEqual(
      await timesOf(series),
      rows.map((i) => START_US + i * 1000),
    );
    assert.deepEqual(
      await valuesOf(series, "b_x"),
      rows.map((i) => (i % 5 === 2 ? Number.NaN : i + 0.5)),
    );
    assert.deepEqual(await valuesOf(series, "count"), rows);
    assert.deepEqual(
      outcome.quality.missing.map(({ channel, count }) => [channel, count]),
      [["b_x", 200]],
    );
    assert.ok(
      outcome.quality.notes.some(({ code, column }) => code === "text_column_ignored" && column === "note"),
    );
  }
});

test("our own series come back as they are", async () => {
  const { files, series } = await accepted(
    `t,b_x,b_y,b_z,temp\n${Array.from({ length: 9000 }, (_, i) => `2025-06-05T00:00:${String(i % 60).padStart(2, "0")}Z,${i},2,3,${i / 7}\n`).join("")}`,
  );
  const again = await accepted(files.files.get("base.arrow")!);
  assert.deepEqual(await timesOf(again.series), await timesOf(series));
  assert.deepEqual(await valuesOf(again.series, "temp"), await valuesOf(series, "temp"));
});

test("Arrow compressed in itself is unpacked", async () => {
  const codec = compressionRegistry.get(CompressionType.ZSTD)!;
  compressionRegistry.set(CompressionType.ZSTD, { ...codec, encode: (data) => zstdCompressSync(data) });
  const table = tableFromArrays({
    t: Float64Array.of(1, 2),
    x: Float64Array.of(1, 2),
    y: Float64Array.of(3, 4),
    z: Float64Array.of(5, 6),
  });
  for (const Writer of [RecordBatchFileWriter, RecordBatchStreamWriter]) {
    const writer = new Writer({ compressionType: CompressionType.ZSTD });
    writer.writeAll(table.batches);
    writer.finish();
    const { series } = await accepted(writer.toUint8Array(true), { mapping: { unit: "nT" } });
    assert.deepEqual(await valuesOf(series, "b_z"), [5, 6]);
  }
});

test("Arrow that is empty, cut short, or of the wrong types is refused", async () => {
  assert.equal((await refused(arrowTable(0, "stream"))).findings[0].code, "no_rows");
  const whole = arrowTable(1000, "file");
  for (const length of [9, 100, 2000, 20000]) {
    assert.equal((await refused(whole.slice(0, length))).findings[0].code, "damaged_file", `${length} bytes`);
  }
  const text = tableToIPC(tableFromArrays({ t: [1, 2], b_x: ["one", "two"], b_y: [1, 2], b_z: [1, 2] }));
  const { findings, total } = await refused(text);
  assert.deepEqual(
    [findings[0].code, findings[0].column, findings[0].line, total],
    ["not_a_number", "b_x", 1, 2],
  );
  const late = new Table({
    t: vectorFromArray(
      [1, null, 3].map((ms) => (ms === null ? null : BigInt(ms))),
      new TimestampMillisecond(),
    ),
    b_x: vectorFromArray([1, 2, 3], new Float64()),
    b_y: vectorFromArray([1, 2, 3], new Float64()),
    b_z: vectorFromArray([1, 2, 3], new Float64()),
  });
  assert.deepEqual(
    (await refused(tableToIPC(late))).findings.map(({ code, line }) => [code, line]),
    [["not_a_time", 2]],
  );
});

/** A stream whose only column is a struct of two structs that are one and the same, which is of two, and so on. */
function metadataBomb(depth: number): Uint8Array {
  const to = new Builder();
  const vectorOf = (places: readonly number[]): number => {
    to.startVector(4, places.length, 4);
    for (const place of places) to.addOffset(place);
    return to.endVector();
  };
  const struct = (children: readonly number[]): number => {
    const name = to.createString("t");
    to.startObject(0);
    const type = to.endObject();
    const vector = vectorOf(children);
    to.startObject(7);
    to.addFieldOffset(0, name, 0);
    to.addFieldInt8(2, 13, 0);
    to.addFieldOffset(3, type, 0);
    to.addFieldOffset(5, vector, 0);
    return to.endObject();
  };
  let column = struct([]);
  for (let level = 0; level < depth; level++) column = struct([column, column]);
  const fields = vectorOf([column]);
  to.startObject(4);
  to.addFieldOffset(1, fields, 0);
  const schema = to.endObject();
  to.startObject(5);
  to.addFieldInt16(0, 4, 0);
  to.addFieldInt8(1, 1, 0);
  to.addFieldOffset(2, schema, 0);
  to.finish(to.endObject());
  const metadata = to.asUint8Array();
  const padded = Buffer.alloc(Math.ceil(metadata.length / 8) * 8);
  padded.set(metadata);
  const lead = Buffer.alloc(8, 0xff);
  lead.writeInt32LE(padded.length, 4);
  return Buffer.concat([lead, padded]);
}

test("Arrow whose metadata lies in itself is refused before it fills the memory", async () => {
  // Without a bound 22 doublings take gigabytes.
  const { findings } = await refused(metadataBomb(22));
  assert.equal(findings[0].code, "damaged_file");
  assert.match(findings[0].value ?? "", /refers to itself/);
});

const database = await (await DuckDBInstance.create(":memory:")).connect();
after(() => database.closeSync());

async function parquet(query: string, options: string): Promise<Uint8Array> {
  const path = join(folder, "table.parquet");
  await database.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`);
  return readFile(path);
}

const QUERY = `SELECT TIMESTAMP '2025-06-05 11:24:40' + INTERVAL (i) MILLISECOND AS timestamp_pc,
  CASE WHEN i % 5 = 2 THEN NULL ELSE i + 0.5::DOUBLE END AS b_x, (i / 2)::FLOAT AS b_y, (-i)::INTEGER AS b_z,
  i::BIGINT AS count, 'text' AS note, 's' AS sensor_id FROM range(5000) r(i)`;

test("Parquet of every usual compression gives the same series", async () => {
  for (const codec of ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]) {
    const { outcome, series } = await accepted(
      await parquet(QUERY, `COMPRESSION ${codec}, ROW_GROUP_SIZE 2048`),
    );
    assert.equal(outcome.source.format, "parquet", codec);
    assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "count"]);
    const rows = Array.from({ length: 5000 }, (_, i) => i);
    assert.deepEqual(
      await timesOf(series),
      rows.map((i) => START_US + i * 1000),
      codec,
    );
    assert.deepEqual(
      await valuesOf(series, "b_x"),
      rows.map((i) => (i % 5 === 2 ? Number.NaN : i + 0.5)),
      codec,
    );
    assert.deepEqual(
      await valuesOf(series, "b_z"),
      rows.map((i) => -i + 0),
      codec,
    );
    assert.deepEqual(outcome.tracks, [{ sensor_id: "s", start_index: 0, end_index: 4999 }]);
  }
});

test("every kind of Parquet time is read", async () => {
  const times = new Map([
    ["TIMESTAMP '2025-06-05 11:24:40.000001'", START_US + 1],
    ["TIMESTAMPTZ '2025-06-05 11:24:40.000001+00'", START_US + 1],
    ["TIMESTAMP_NS '2025-06-05 11:24:40.000001000'", START_US + 1],
    ["TIMESTAMP_MS '2025-06-05 11:24:40.001'", START_US + 1000],
    ["DATE '2025-06-05'", Date.UTC(2025, 5, 5) * 1000],
    ["1749122680.5::DOUBLE", START_US + 500000],
    ["'2025-06-05T11:24:40Z'", START_US],
    ["12.5::DOUBLE", 12500000],
    ["TIME '11:24:40.5'", 0],
  ]);
  for (const [sql, us] of times) {
    const { series } = await accepted(
      await parquet(`SELECT ${sql} AS t, 1.0::DOUBLE AS b_x, 2 AS b_y, 3 AS b_z`, "COMPRESSION snappy"),
    );
    assert.deepEqual(await timesOf(series), [us], sql);
  }
});

test("Parquet that is nested where it matters, empty or damaged is refused", async () => {
  const nested = await parquet("SELECT 1 AS t, [1.0, 2.0] AS b_x, 2 AS b_y, 3 AS b_z", "COMPRESSION snappy");
  assert.equal((await refused(nested)).findings[0].column, "b_x");
  const beside = await parquet(
    "SELECT 1 AS t, {a: 1, b: 2} AS pair, 1 AS b_x, 2 AS b_y, 3 AS b_z",
    "COMPRESSION snappy",
  );
  assert.deepEqual((await accepted(beside)).outcome.channels, ["b_x", "b_y", "b_z", "b"]);
  const none = await parquet(`${QUERY} WHERE i < 0`, "COMPRESSION snappy");
  assert.equal((await refused(none)).findings[0].code, "no_rows");
  const whole = await parquet(QUERY, "COMPRESSION zstd");
  const damaged = Buffer.from(whole).fill(0x55, 40, 4000);
  assert.equal((await refused(damaged)).findings[0].code, "damaged_file");
  assert.equal((await refused(gzipSync(whole))).findings[0].code, "not_supported");
});

test("failures of the source are no findings, whatever library was reading", async () => {
  for (const bytes of [await parquet(QUERY, "COMPRESSION snappy"), arrowTable(1000, "file")]) {
    let reads = 0;
    const source = {
      size: bytes.length,
      async read(start: number, length: number): Promise<Uint8Array> {
        if (reads++ > 1) throw new Error("disk gone");
        return bytes.subarray(start, start + Math.min(length, 700));
      },
    };
    await assert.rejects(accepted(bytes, { source }), /disk gone/);
  }
});

test("a time beyond what a series can hold is a fault of the file", async () => {
  const { findings } = await refused(
    await parquet(
      "SELECT TIMESTAMP '2025-06-05' + INTERVAL (i * 4000) YEAR AS t, 1.0 AS b_x, 2 AS b_y, 3 AS b_z FROM range(2) r(i)",
      "COMPRESSION snappy",
    ),
  );
  assert.deepEqual([findings[0].column, findings[0].line], ["t", 2]);
});

test("Parquet whose footer is damaged anywhere is answered, and the process goes on", async () => {
  const whole = await parquet(`${QUERY} WHERE i < 20`, "COMPRESSION snappy");
  const footer = new DataView(whole.buffer, whole.byteOffset).getUint32(whole.length - 8, true);
  for (let at = whole.length - 8 - footer; at < whole.length - 8; at++) {
    for (const byte of [0x00, 0x80, 0xff]) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = byte;
      const { outcome } = await ingestBytes(bytes);
      if (!outcome.ok) assert.ok(outcome.findings.length > 0);
    }
  }
});
