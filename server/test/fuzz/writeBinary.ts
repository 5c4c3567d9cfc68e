import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import {
  CompressionType,
  compressionRegistry,
  Float32,
  Float64,
  RecordBatchFileWriter,
  RecordBatchStreamWriter,
  Table,
  TimestampMicrosecond,
  vectorFromArray,
} from "apache-arrow";
import type { Draw } from "../../../bench/cases/draw.ts";
import { dataset, hdf5File } from "../support/hdf5Fixture.ts";
import { type FixtureMessage, type Packing, RosWriter, recording } from "../support/mcapFixture.ts";
import { dataPage, dictionaryPage, doubles, ENCODING, parquetFile, varint } from "../support/parquetFile.ts";
import { drawTable, type GrammarFile, timesOf, truthOf } from "./grammarTable.ts";

export function writeArrow(draw: Draw): GrammarFile {
  const table = drawTable(draw);
  const absolute = draw.chance(0.5);
  const times = timesOf(table, absolute);
  const single = draw.chance(0.2);
  const column = (axis: number) => {
    const values = table.axes.map((row, i) => (axis === 0 && table.missing.has(i) ? null : row[axis]!));
    return vectorFromArray(values, single ? new Float32() : new Float64());
  };
  const arrow = new Table({
    time: absolute
      ? vectorFromArray(
          times.map((us) => us / 1000),
          new TimestampMicrosecond("UTC"),
        )
      : vectorFromArray(
          times.map((us) => us / 1e6),
          new Float64(),
        ),
    bx_nT: column(0),
    by_nT: column(1),
    bz_nT: column(2),
  });
  const codec = compressionRegistry.get(CompressionType.ZSTD)!;
  compressionRegistry.set(CompressionType.ZSTD, { ...codec, encode: (data) => zstdCompressSync(data) });
  const Writer = draw.pick([RecordBatchFileWriter, RecordBatchStreamWriter]);
  const writer = new Writer(draw.chance(0.4) ? { compressionType: CompressionType.ZSTD } : {});
  writer.writeAll(arrow.batches);
  writer.finish();
  return {
    bytes: writer.toUint8Array(true),
    truth: truthOf(table, { absolute, withinNt: single ? 0.01 : 1e-9 }),
  };
}

export function writeParquet(draw: Draw): GrammarFile {
  const { rows, ...drawn } = drawTable(draw);
  const table = { ...drawn, rows, missing: new Set<number>() };
  const plain = (name: string, values: readonly number[]) => ({
    name,
    type: "DOUBLE" as const,
    pages: [dataPage(rows, ENCODING.PLAIN, doubles(values))],
  });
  const axis = (which: number) => table.axes.map((row) => row[which]!);
  // A page a value where it is cut into pages; an index of one byte where it is a dictionary.
  const cut = draw.integer(1, rows - 1);
  const paged = (name: string, values: readonly number[]) => ({
    name,
    type: "DOUBLE" as const,
    pages: [
      dataPage(cut, ENCODING.PLAIN, doubles(values.slice(0, cut))),
      dataPage(rows - cut, ENCODING.PLAIN, doubles(values.slice(cut))),
    ],
  });
  const worded = (name: string, values: readonly number[]) => {
    const runs = values.flatMap((_, i) => [varint(2), Buffer.of(i)]);
    const indices = Buffer.concat([Buffer.of(8), ...runs]);
    return {
      name,
      type: "DOUBLE" as const,
      pages: [dictionaryPage(rows, doubles(values)), dataPage(rows, ENCODING.RLE_DICTIONARY, indices)],
    };
  };
  const write = () => draw.pick([plain, paged, worded]);
  const seconds = timesOf(table, false).map((us) => us / 1e6);
  return {
    bytes: parquetFile(rows, [
      plain("time", seconds),
      write()("bx_nT", axis(0)),
      write()("by_nT", axis(1)),
      write()("bz_nT", axis(2)),
    ]),
    truth: truthOf(table, { absolute: false, withinNt: 1e-9 }),
  };
}

export async function writeMcap(draw: Draw): Promise<GrammarFile> {
  const drawn = drawTable(draw, draw.integer(20, 60));
  const table = { ...drawn, missing: new Set<number>() };
  const times = timesOf(table, true);
  const big = draw.chance(0.3);
  const messages = table.axes.map((axes, row): FixtureMessage => {
    const us = times[row]!;
    return {
      topic: "/imu/mag",
      schema: "sensor_msgs/msg/MagneticField",
      schemaEncoding: "ros2msg",
      encoding: "cdr",
      logUs: us + 3000,
      data: new RosWriter(8, !big)
        .header(us)
        .doubles(...axes.map((value) => value / 1e9), ...Array<number>(9).fill(0))
        .finish(),
    };
  });
  const packing = draw.pick<Packing>(["none", "zstd", "lz4", "unchunked"]);
  return {
    bytes: await recording(messages, packing, draw.integer(300, 4000)),
    truth: truthOf(table, { absolute: true, withinNt: 1e-6 }),
  };
}

export async function writeHdf5(draw: Draw): Promise<GrammarFile> {
  const drawn = drawTable(draw);
  const table = { ...drawn, missing: new Set<number>() };
  const options = draw.chance(0.5)
    ? { chunks: [draw.integer(10, table.rows)], compression: "gzip" as const }
    : {};
  const column = (axis: number) => Float64Array.from(table.axes, (row) => row[axis]!);
  const seconds = Float64Array.from(timesOf(table, false), (us) => us / 1e6);
  const bytes = await hdf5File((root) => {
    dataset(root, "time", seconds, { attributes: { units: "s" }, ...options });
    for (const [axis, name] of ["mag_x", "mag_y", "mag_z"].entries())
      dataset(root, name, column(axis), { attributes: { units: "nT" }, ...options });
  });
  return { bytes, truth: truthOf(table, { absolute: false, withinNt: 1e-9 }) };
}

/** Source: PX4 User Guide, ULog File Format. Gauss, of single precision. */
export function writeUlog(draw: Draw): GrammarFile {
  const drawn = drawTable(draw);
  const table = { ...drawn, missing: new Set<number>() };
  const message = (type: string, data: Buffer) => {
    const header = Buffer.alloc(3);
    header.writeUInt16LE(data.length);
    header.write(type, 2);
    return Buffer.concat([header, data]);
  };
  const header = Buffer.alloc(16);
  header.write("554c6f6701123501", "hex");
  const bootUs = draw.integer(0, 5_000_000);
  const readings = table.axes.flatMap((axes, row) => {
    const data = Buffer.alloc(26);
    data.writeUInt16LE(1);
    data.writeBigUInt64LE(BigInt(bootUs + row * table.stepUs), 2);
    axes.forEach((value, axis) => {
      data.writeFloatLE(value / 1e5, 14 + 4 * axis);
    });
    const logged = draw.chance(0.1) ? [message("L", Buffer.from("6abcdefgha text"))] : [];
    return [message("D", data), ...logged];
  });
  const bytes = Buffer.concat([
    header,
    message("B", Buffer.alloc(40)),
    message("F", Buffer.from("sensor_mag:uint64_t timestamp;uint32_t device_id;float x;float y;float z;")),
    message("A", Buffer.concat([Buffer.from([0, 1, 0]), Buffer.from("sensor_mag")])),
    ...readings,
  ]);
  return { bytes, truth: truthOf(table, { absolute: false, withinNt: 0.01 }) };
}

/** One member. Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7 to 4.3.16. */
export function zipOf(name: string, content: Uint8Array, stored = false): Buffer {
  const packed = stored ? Buffer.from(content) : deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(0x800, 2);
  common.writeUInt16LE(stored ? 0 : 8, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(Buffer.byteLength(name), 22);
  const local = Buffer.concat([Buffer.from("504b0304", "hex"), common, Buffer.from(name), packed]);
  const listing = Buffer.concat([
    Buffer.from("504b01021400", "hex"),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ]);
  const end = Buffer.alloc(22);
  end.write("504b0506", "hex");
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, listing, end]);
}

/** As it is, or in one of the packings that are accepted around it. */
export function pack(
  draw: Draw,
  bytes: Uint8Array,
  how = draw.pick(["gzip", "zstd", "zip"] as const),
): Uint8Array {
  if (how === "gzip") {
    if (draw.chance(0.7) || bytes.length < 2) return gzipSync(bytes);
    const cut = draw.integer(1, bytes.length - 1);
    return Buffer.concat([gzipSync(bytes.subarray(0, cut)), gzipSync(bytes.subarray(cut))]);
  }
  if (how === "zstd") return zstdCompressSync(bytes);
  return zipOf("survey.csv", bytes, draw.chance(0.2));
}
