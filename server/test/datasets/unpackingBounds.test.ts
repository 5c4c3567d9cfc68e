import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ColumnMapping } from "@magtrace/contracts";
import {
  CompressionType,
  compressionRegistry,
  Field,
  Float64,
  Message,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Schema,
  Table,
  tableFromArrays,
  tableToIPC,
} from "apache-arrow";
import { BufferRegion, FieldNode, RecordBatch } from "apache-arrow/ipc/metadata/message";
import { streamStart } from "../../../packages/series/src/arrowLayout.ts";
import type { Finding, IngestRequest } from "../../src/datasets/ingest/types.ts";
import { accepted, hostileSource, ingestBytes, testLimits } from "../support/ingestBytes.ts";
import {
  dataPage,
  dictionaryPage,
  doubles,
  ENCODING,
  type ParquetColumn,
  parquetFile,
  varint,
} from "../support/parquetFile.ts";

/** What is wrong with a file of which nothing may have been written. */
async function refusedUnwritten(bytes: Uint8Array, request: Partial<IngestRequest> = {}): Promise<Finding> {
  let opened = 0;
  const { outcome } = await ingestBytes(bytes, {
    openSink: async () => {
      opened++;
      throw new Error("a sink was opened");
    },
    ...request,
  });
  assert.ok(!outcome.ok, "accepted");
  assert.equal(opened, 0);
  return outcome.findings[0];
}

const folder = await mkdtemp(join(tmpdir(), "unpacking-"));
after(() => rm(folder, { recursive: true }));
const database = await (await DuckDBInstance.create(":memory:")).connect();
after(() => database.closeSync());

test("Parquet that holds far more rows than bytes is refused by its footer alone", async () => {
  const path = join(folder, "table.parquet");
  await database.run(
    `COPY (SELECT i AS t, 1.0::DOUBLE AS b_x, 2.0::DOUBLE AS b_y, 3.0::DOUBLE AS b_z FROM range(600000) r(i))
     TO '${path}' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)`,
  );
  const bytes = await readFile(path);
  const ratio = { ...testLimits, maxRatio: 40 };
  const reads: number[] = [];
  const inner = hostileSource(bytes);
  const source = {
    size: inner.size,
    read: (start: number, length: number) => {
      if (start > 0) reads.push(start);
      return inner.read(start, length);
    },
  };
  const finding = await refusedUnwritten(bytes, { limits: ratio, source });
  assert.equal(finding.code, "decompression_limit");
  assert.match(finding.value ?? "", /rows × 4 columns/);
  assert.match(finding.expected, /at most 40 unpacked bytes for each packed one/);
  assert.ok(Math.min(...reads) > bytes.length - 10_000, `read at ${Math.min(...reads)} of ${bytes.length}`);
  const size = { ...testLimits, maxRatio: 10_000, maxDecompressedBytes: 12_000_000 };
  assert.match((await refusedUnwritten(bytes, { limits: size })).expected, /at most 12000000 bytes/);
  const enough = { ...testLimits, maxRatio: 10_000, maxDecompressedBytes: 20_000_000 };
  assert.equal((await accepted(bytes, { limits: enough })).outcome.rows, 600_000);
});

function feather(
  rows: number,
  Writer: typeof RecordBatchFileWriter | typeof RecordBatchStreamWriter,
): Uint8Array {
  const codec = compressionRegistry.get(CompressionType.ZSTD)!;
  compressionRegistry.set(CompressionType.ZSTD, { ...codec, encode: (data) => zstdCompressSync(data) });
  const table = tableFromArrays(zeroColumns(rows));
  const writer = new Writer({ compressionType: CompressionType.ZSTD });
  writer.writeAll(table.batches);
  writer.finish();
  return writer.toUint8Array(true);
}

test("Arrow that unpacks to far more than its bytes is refused before anything is written", async () => {
  for (const bytes of [
    feather(100_000, RecordBatchFileWriter),
    feather(100_000, RecordBatchStreamWriter),
    gzipSync(tableToIPC(tableFromArrays(zeroColumns(100_000)), "stream")),
  ]) {
    const finding = await refusedUnwritten(bytes);
    assert.equal(finding.code, "decompression_limit");
    assert.match(finding.expected, /at most 200 unpacked bytes for each packed one/);
    const enough = { ...testLimits, maxRatio: 10_000 };
    assert.equal((await accepted(bytes, { limits: enough, mapping: ONE_TIME })).outcome.rows, 100_000);
  }
});

/** Every row has the same time and a field of nothing, which would be asked about. */
const ONE_TIME: ColumnMapping = { time: { form: "seconds" }, unit: "nT" };

function zeroColumns(rows: number): Record<string, Float64Array> {
  // Not one array: the library would write it once, and lengths for four.
  const zeros = (): Float64Array => new Float64Array(rows);
  return { t: zeros(), b_x: zeros(), b_y: zeros(), b_z: zeros() };
}

test("what compressed Arrow says of its length does not matter: what it unpacks to counts", async () => {
  // Says ten rows, whose columns unpack to twenty thousand times as much.
  const stream = feather(200_000, RecordBatchStreamWriter);
  const finding = await refusedUnwritten(relabelled(stream, 200_000, 10));
  assert.equal(finding.code, "decompression_limit");
  assert.match(finding.value ?? "", /unpack to more than/);
});

/** Every int64 of one value in the stream's metadata becomes another. */
function relabelled(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const [before, after] = [Buffer.alloc(8), Buffer.alloc(8)];
  before.writeBigInt64LE(BigInt(from));
  after.writeBigInt64LE(BigInt(to));
  for (let at = copy.indexOf(before); at >= 0; at = copy.indexOf(before, at + 8)) copy.set(after, at);
  return copy;
}

/** A stream of one batch whose columns all lie in the same bytes. */
function sharedColumns(columns: number, rows: number, lastRows = rows): Uint8Array {
  const names = ["t", "b_x", "b_y", "b_z"];
  const fields = Array.from(
    { length: columns },
    (_, i) => new Field(names[i] ?? `e${i}`, new Float64(), false),
  );
  const nodes = fields.map((_, i) => new FieldNode(i === columns - 1 ? lastRows : rows, 0));
  const regions = fields.flatMap(() => [new BufferRegion(0, 0), new BufferRegion(0, rows * 8)]);
  const body = Buffer.alloc(rows * 8);
  const metadata = Message.encode(Message.from(new RecordBatch(rows, nodes, regions, null), body.length));
  const padded = Buffer.alloc(Math.ceil(metadata.length / 8) * 8);
  padded.set(metadata);
  const prefix = Buffer.alloc(8, 0xff);
  prefix.writeInt32LE(padded.length, 4);
  return Buffer.concat([streamStart(new Schema(fields)), prefix, padded, body]);
}

test("columns that lie in the same bytes count each", async () => {
  const finding = await refusedUnwritten(sharedColumns(90, 100_000));
  assert.equal(finding.code, "decompression_limit");
  assert.match(finding.value ?? "", /100000 rows × 90 columns/);
  assert.equal((await accepted(sharedColumns(9, 1000), { mapping: ONE_TIME })).outcome.rows, 1000);
});

test("a column that says to be longer than its batch is refused before the others are filled up", async () => {
  const finding = await refusedUnwritten(sharedColumns(20, 1000, 2 ** 31 - 1));
  assert.equal(finding.code, "damaged_file");
  assert.match(finding.value ?? "", /shorter or longer than its batch/);
});

test("an Arrow file's columns are counted before any of its batches is looked at", async () => {
  const wide = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`c${i}`, Float64Array.of(1)]));
  const stream = tableToIPC(tableFromArrays(wide), "stream");
  const schemaEnd = 8 + new DataView(stream.buffer, stream.byteOffset).getInt32(4, true);
  const file = Buffer.from(tableToIPC(new Table(tableFromArrays(wide).batches), "file"));
  file.fill(0x55, 8 + schemaEnd, 8 + schemaEnd + 800);
  for (const bytes of [stream.slice(0, schemaEnd + 4), file]) {
    const finding = await refusedUnwritten(bytes);
    assert.deepEqual(
      [finding.code, finding.value, finding.expected],
      ["too_many_columns", "150 columns", "at most 100 columns"],
    );
  }
});

const ROWS = 4;
const plain = (name: string): ParquetColumn => {
  return { name, type: "DOUBLE", pages: [dataPage(ROWS, ENCODING.PLAIN, doubles([1, 2, 3, 4]))] };
};
const run = (length: number, value = 0): Buffer => Buffer.concat([varint(length * 2), Buffer.of(value)]);
const levels = (...runs: Buffer[]): Buffer => {
  const bytes = Buffer.concat(runs);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const MANY = 2 ** 30;

test("Parquet made by hand is read as it says", async () => {
  const dictionary = { ...plain("b_y"), pages: [dictionaryPage(1, doubles([7])), indices(ROWS, run(ROWS))] };
  const present = dataPage(
    ROWS,
    ENCODING.PLAIN,
    Buffer.concat([levels(run(ROWS, 1)), doubles([1, 2, 3, 4])]),
  );
  const nullable: ParquetColumn = { name: "b_z", type: "DOUBLE", optional: true, pages: [present] };
  const { outcome } = await accepted(parquetFile(ROWS, [plain("t"), plain("b_x"), dictionary, nullable]));
  assert.equal(outcome.rows, ROWS);
  assert.equal(outcome.statistics.find(({ name }) => name === "b_y")?.max, 7);
});

function indices(values: number, ...runs: Buffer[]): Buffer {
  return dataPage(values, ENCODING.RLE_DICTIONARY, Buffer.concat([Buffer.of(1), ...runs]));
}

const delta = (block: number, parts: number, values: number, first: number, step: number): Buffer =>
  Buffer.concat([
    ...[block, parts, values, first * 2, step * 2].map(varint),
    Buffer.alloc(Math.min(parts, 64)),
  ]);

/** Pages that say more than there is, by what they say it with. */
const HOSTILE: ReadonlyMap<string, ParquetColumn> = new Map([
  ["rows", { ...plain("b_z"), pages: [dataPage(MANY, ENCODING.PLAIN, doubles([1]))] }],
  [
    "levels",
    { ...plain("b_z"), optional: true, pages: [dataPage(ROWS, ENCODING.PLAIN, levels(run(MANY, 1)))] },
  ],
  ["dictionary", { ...plain("b_z"), pages: [dictionaryPage(MANY, doubles([1])), indices(ROWS, run(ROWS))] }],
  ["indices", { ...plain("b_z"), pages: [dictionaryPage(1, doubles([1])), indices(ROWS, run(MANY))] }],
  [
    "packed run",
    { ...plain("b_z"), pages: [dictionaryPage(1, doubles([1])), indices(ROWS, varint(2 * MANY - 1))] },
  ],
  [
    "delta parts",
    {
      name: "b_z",
      type: "INT64",
      pages: [dataPage(ROWS, ENCODING.DELTA_BINARY_PACKED, delta(MANY, MANY, ROWS, 1, 0))],
    },
  ],
  [
    "shared texts",
    {
      name: "sensor_id",
      type: "BYTE_ARRAY",
      pages: [
        dataPage(
          ROWS,
          ENCODING.DELTA_BYTE_ARRAY,
          Buffer.concat([delta(128, 4, ROWS, 0, MANY / 2), delta(128, 4, ROWS, 1, 0), Buffer.from("abcd")]),
        ),
      ],
    },
  ],
]);

for (const [what, column] of HOSTILE) {
  test(`Parquet whose page lies about its ${what} is refused before memory is taken for it`, async () => {
    const columns = ["t", "b_x", "b_y", "b_z"].map((name) => (name === column.name ? column : plain(name)));
    if (!columns.includes(column)) columns.push(column);
    const before = process.resourceUsage().maxRSS;
    const finding = await refusedUnwritten(parquetFile(ROWS, columns));
    assert.equal(finding.code, "damaged_file");
    assert.match(finding.value ?? "", /values|texts?|delta|run/);
    const grown = (process.resourceUsage().maxRSS - before) / 1024;
    assert.ok(grown < 200, `took ${grown} MiB`);
  });
}

test("pages that unpack to more than the footer says count by what they are", async () => {
  const empty = Array.from({ length: 40 }, () => bigPage());
  const column: ParquetColumn = { ...plain("b_z"), pages: [...empty, ...plain("b_z").pages] };
  const file = parquetFile(ROWS, [plain("t"), plain("b_x"), plain("b_y"), column]);
  const finding = await refusedUnwritten(file, {
    limits: { ...testLimits, maxRatio: 2, maxDecompressedBytes: 1e6 },
  });
  assert.equal(finding.code, "decompression_limit");
  assert.match(finding.value ?? "", /unpack to more than/);
});

/** A page of no rows and 64 KiB. */
function bigPage(): Buffer {
  return dataPage(0, ENCODING.PLAIN, new Uint8Array(65536));
}

test("a Parquet footer that says to have more in it than it has is refused before memory is taken for it", async () => {
  const good = parquetFile(ROWS, [plain("t"), plain("b_x"), plain("b_y"), plain("b_z")]);
  const length = good.readUInt32LE(good.length - 8);
  const start = good.length - 8 - length;
  // The schema's list: behind the version's two bytes and its own head.
  const many = Buffer.concat([good.subarray(0, start + 4), varint(2 ** 31 - 1), good.subarray(start + 5)]);
  many.writeUInt32LE(length + 4, many.length - 8);
  const finding = await refusedUnwritten(many);
  assert.equal(finding.code, "damaged_file");
  assert.match(finding.value ?? "", /metadata is cut short/);
});
