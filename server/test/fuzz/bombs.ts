import { constants, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { ByteSource } from "@magtrace/series";
import { memoryFiles } from "../../../packages/series/test/memoryFiles.ts";
import { ingestFile } from "../../src/datasets/ingest/ingest.ts";
import { PRODUCT_LIMITS } from "./limits.ts";
import { zipOf } from "./writeBinary.ts";

export interface BombResult {
  readonly code: string;
  readonly said: string;
  readonly processorMs: number;
  readonly grownMib: number;
  readonly packedMib: number;
}

interface Bomb {
  /** Of the first finding. */
  readonly code: string;
  /** What the finding says of the limit. */
  readonly names: RegExp;
  make(): ByteSource;
}

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const HEADER = "timestamp_pc,b_x,b_y,b_z,sensor_id\n";

/** Bytes that are there only while they are read. */
function repeated(size: number, start: string, filling: string): ByteSource {
  const piece = Buffer.alloc(MIB, filling);
  const first = Buffer.from(start);
  return {
    size,
    async read(from, length) {
      const bytes = Uint8Array.from(piece.subarray(0, Math.min(length, MIB, size - from)));
      if (from < first.length) bytes.set(first.subarray(from, from + bytes.length));
      return bytes;
    },
  };
}

function held(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (start, length) => bytes.slice(start, start + length) };
}

/** One gzip member of 10 GiB of one character: a flushed block of 64 MiB again and again. */
function tenGibibytes(start: string, filling: string): Uint8Array {
  const flushed = (text: string | Buffer) => deflateRawSync(text, { finishFlush: constants.Z_FULL_FLUSH });
  const block = flushed(Buffer.alloc(64 * MIB, filling));
  const blocks = Array.from({ length: (10 * GIB) / (64 * MIB) }, () => block);
  return Buffer.concat([Buffer.from("1f8b0800000000000003", "hex"), flushed(start), ...blocks]);
}

function manySensors(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => `${row / 100},18000,-780,44000,sensor ${row}\n`);
  return HEADER + lines.join("");
}

const ROW_LIMIT = /: rows of at most 4194304 bytes/;
const OBJECT_LIMIT = /: an object a reading, of at most 1048576 bytes/;
const SENSOR_LIMIT = /: at most 1000 different sensors$/;

export const BOMBS: Readonly<Record<string, Bomb>> = {
  "10 GiB of zeros in 10 MiB of gzip": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => held(tenGibibytes("", "\0")),
  },
  "10 GiB of digits in 10 MiB of gzip": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => held(tenGibibytes(HEADER, "7")),
  },
  "10 GiB of zeros in zstd": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => {
      const frame = zstdCompressSync(Buffer.alloc(64 * MIB));
      return held(Buffer.concat(Array.from({ length: 160 }, () => frame)));
    },
  },
  "gzip in gzip in gzip": {
    code: "not_supported",
    names: /^gzip within gzip: a file packed once$/,
    make: () => held(gzipSync(gzipSync(tenGibibytes("", "\0")))),
  },
  "gzip in zip": {
    code: "not_supported",
    names: /^gzip within ZIP: a file packed once \(in "survey\.csv" of the archive\)$/,
    make: () => held(zipOf("survey.csv", gzipSync(gzipSync(HEADER)))),
  },
  "10 GiB of zeros in zip": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => held(zipOf("survey.csv", Buffer.alloc(512 * MIB))),
  },
  "a line of 1 GB": { code: "field_too_long", names: ROW_LIMIT, make: () => repeated(1e9, "", "x") },
  "a row of 1 GB": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => repeated(1e9, `${HEADER}1,`, "7"),
  },
  "a row of 10^9 / 2 cells": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => repeated(1e9, `${HEADER}1,`, "7,"),
  },
  "a quote of 1 GB": {
    code: "unclosed_quote",
    names: /: a closing quote for every quote$/,
    make: () => repeated(1e9, `${HEADER}1,"`, "7\n"),
  },
  "a line of JSON of 1 GB": {
    code: "field_too_long",
    names: OBJECT_LIMIT,
    make: () => repeated(1e9, '{"time":1,"x":"', "x"),
  },
  "JSON in JSON, 400,000 deep": {
    code: "no_rows",
    names: /what lies many lists deep is not read$/,
    make: () => held(Buffer.from(`{"time":${"[".repeat(4e5)}1${"]".repeat(4e5)}}\n`.repeat(2))),
  },
  "10^6 columns": {
    code: "field_too_long",
    names: ROW_LIMIT,
    make: () => {
      const names = Array.from({ length: 1e6 }, (_, i) => `c${i}`);
      return held(Buffer.from(`${names.join()}\n${names.map(() => "1").join()}\n`));
    },
  },
  "10^6 members of an object": {
    code: "field_too_long",
    names: OBJECT_LIMIT,
    make: () => {
      const members = Array.from({ length: 1e6 }, (_, i) => `"c${i}":1`);
      return held(Buffer.from(`{${members.join()}}\n`));
    },
  },
  "10^6 sensors": {
    code: "too_many_sensors",
    names: SENSOR_LIMIT,
    make: () => held(Buffer.from(manySensors(1e6))),
  },
  "10^6 sensors in JSON": {
    code: "too_many_sensors",
    names: SENSOR_LIMIT,
    make: () => {
      const rows = Array.from(
        { length: 1e6 },
        (_, i) => `{"time":${i / 100},"bx_nT":18000,"by_nT":-780,"bz_nT":44000,"sensor_id":"s${i}"}\n`,
      );
      return held(Buffer.from(rows.join("")));
    },
  },
};

/** Makes a bomb, says so, and reads it. */
export async function defuse(name: string, begun: () => void): Promise<BombResult> {
  const bomb = BOMBS[name]!;
  const source = bomb.make();
  const grown = process.resourceUsage().maxRSS;
  begun();
  const before = process.cpuUsage();
  const files = memoryFiles(1 << 20);
  const outcome = await ingestFile({
    source,
    filename: "survey",
    limits: PRODUCT_LIMITS,
    openSink: files.openSink,
    scratch: memoryFiles(1 << 20),
  });
  const { user, system } = process.cpuUsage(before);
  const finding = outcome.ok ? undefined : outcome.findings[0];
  return {
    code: finding?.code ?? `accepted ${outcome.ok ? outcome.rows : ""}`,
    said: `${finding?.value ?? ""}: ${finding?.expected ?? ""}`,
    processorMs: (user + system) / 1000,
    grownMib: (process.resourceUsage().maxRSS - grown) / 1024,
    packedMib: source.size / MIB,
  };
}
