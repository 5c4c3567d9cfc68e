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
  /** Codes of which the first finding must have one. */
  readonly codes: readonly string[];
  /** What names the limit. */
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

const limitNamed = /at most [\d,.]+ |longer than|no more than|\d+ (bytes|columns|sensors|KiB|MiB)/;

export const BOMBS: Readonly<Record<string, Bomb>> = {
  "10 GiB of zeros in 10 MiB of gzip": {
    codes: ["decompression_limit", "field_too_long"],
    names: limitNamed,
    make: () => held(tenGibibytes("", "\0")),
  },
  "10 GiB of digits in 10 MiB of gzip": {
    codes: ["decompression_limit", "field_too_long"],
    names: limitNamed,
    make: () => held(tenGibibytes(HEADER, "7")),
  },
  "10 GiB of zeros in zstd": {
    codes: ["decompression_limit", "field_too_long"],
    names: limitNamed,
    make: () => {
      const frame = zstdCompressSync(Buffer.alloc(64 * MIB));
      return held(Buffer.concat(Array.from({ length: 160 }, () => frame)));
    },
  },
  "gzip in gzip in gzip": {
    codes: ["not_supported"],
    names: /packed once/,
    make: () => held(gzipSync(gzipSync(tenGibibytes("", "\0")))),
  },
  "gzip in zip": {
    codes: ["not_supported", "unsupported_format", "damaged_file"],
    names: /packed once|./,
    make: () => held(zipOf("survey.csv", gzipSync(gzipSync(HEADER)))),
  },
  "10 GiB of zeros in zip": {
    codes: ["decompression_limit", "field_too_long"],
    names: limitNamed,
    make: () => held(zipOf("survey.csv", Buffer.alloc(512 * MIB))),
  },
  "a line of 1 GB": { codes: ["field_too_long"], names: limitNamed, make: () => repeated(1e9, "", "x") },
  "a row of 1 GB": {
    codes: ["field_too_long"],
    names: limitNamed,
    make: () => repeated(1e9, `${HEADER}1,`, "7"),
  },
  "a row of 10^9 / 2 cells": {
    codes: ["field_too_long", "row_width"],
    names: limitNamed,
    make: () => repeated(1e9, `${HEADER}1,`, "7,"),
  },
  "a quote of 1 GB": {
    codes: ["field_too_long", "unclosed_quote"],
    names: /at most [\d,.]+ |a closing quote/,
    make: () => repeated(1e9, `${HEADER}1,"`, "7\n"),
  },
  "a line of JSON of 1 GB": {
    codes: ["field_too_long", "damaged_file", "not_supported"],
    names: limitNamed,
    make: () => repeated(1e9, '{"time":1,"x":"', "x"),
  },
  "JSON in JSON, 400,000 deep": {
    codes: ["damaged_file", "unsupported_format", "not_supported", "field_too_long", "no_rows"],
    names: /./,
    make: () => held(Buffer.from(`{"time":${"[".repeat(4e5)}1${"]".repeat(4e5)}}\n`.repeat(2))),
  },
  "10^6 columns": {
    codes: ["too_many_columns", "field_too_long"],
    names: limitNamed,
    make: () => {
      const names = Array.from({ length: 1e6 }, (_, i) => `c${i}`);
      return held(Buffer.from(`${names.join()}\n${names.map(() => "1").join()}\n`));
    },
  },
  "10^6 members of an object": {
    codes: ["too_many_columns", "field_too_long"],
    names: limitNamed,
    make: () => {
      const members = Array.from({ length: 1e6 }, (_, i) => `"c${i}":1`);
      return held(Buffer.from(`{${members.join()}}\n`));
    },
  },
  "10^6 sensors": {
    codes: ["too_many_sensors"],
    names: limitNamed,
    make: () => held(Buffer.from(manySensors(1e6))),
  },
  "10^6 sensors in JSON": {
    codes: ["too_many_sensors"],
    names: limitNamed,
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
