import type { Assumption, ColumnMapping, Question } from "@magtrace/contracts";
import { openSeries } from "@magtrace/series";
import { memoryFiles } from "../../packages/series/test/memoryFiles.ts";
import { ingestFile } from "../../server/src/datasets/ingest/ingest.ts";

/** What is known of a file: only what is given is looked at. Fields in nT. */
export interface Expected {
  readonly rows?: number;
  /** b_x, b_y, b_z of the first and the last row. */
  readonly first?: readonly number[];
  readonly last?: readonly number[];
  /** b of the first row. */
  readonly b0?: number;
  /** Seconds from first to last row. */
  readonly dur?: number;
  /** UTC, ISO 8601 without zone. */
  readonly start?: string;
  /** No value of an axis is beyond it. */
  readonly max_abs?: number;
  readonly lat_min?: number;
}

export interface Reading {
  readonly outcome: "accepted" | "asked" | "refused";
  /** What differs from the expected; empty where all agrees. Only of accepted files. */
  readonly differences: readonly string[];
  readonly assumptions: readonly Assumption[];
  readonly questions: readonly Question[];
  /** In words, for people who look at the bench's list. */
  readonly said: string;
}

const MIB = 1024 * 1024;
const LIMITS = { maxDecompressedBytes: 256 * MIB, maxRatio: 1000, maxColumns: 1000, maxFieldBytes: 65_536 };
/** How far a value may be from what is expected, which may be known to few digits. */
export interface Tolerance {
  readonly nanotesla: number;
  readonly seconds: number;
}

const WRITTEN: Tolerance = { nanotesla: 0.006, seconds: 0.0006 };

/** Reads a file in memory and holds it against what is known of it. */
export async function readCase(
  file: { readonly bytes: Uint8Array; readonly filename: string; readonly mapping?: ColumnMapping },
  expected: Expected,
  tolerance = WRITTEN,
): Promise<Reading> {
  const { bytes, filename, mapping } = file;
  const files = memoryFiles(MIB);
  const outcome = await ingestFile({
    source: {
      size: bytes.length,
      read: async (start, length) => new Uint8Array(bytes.subarray(start, start + length)),
    },
    filename,
    ...(mapping === undefined ? {} : { mapping }),
    limits: LIMITS,
    openSink: files.openSink,
    scratch: memoryFiles(MIB),
    threads: 0,
  });
  if (!outcome.ok) {
    const { questions, findings } = outcome;
    const said = findings.map(({ line, column, expected }) => `${line ?? ""}:${column ?? ""} ${expected}`);
    return {
      outcome: questions.length > 0 ? "asked" : "refused",
      differences: [],
      assumptions: [],
      questions,
      said: said.slice(0, 3).join(" | "),
    };
  }
  const series = await openSeries({ open: files.openSource });
  const differences: string[] = [];
  const compare = (name: string, got: number | undefined, wanted: number | undefined, within: number) => {
    if (wanted === undefined || (got !== undefined && Math.abs(got - wanted) <= within)) return;
    differences.push(`${name} ${got ?? "none"}, not ${wanted}`);
  };
  compare("rows", outcome.rows, expected.rows, 0);
  const { start_us, end_us } = outcome.time;
  compare("dur", (end_us - start_us) / 1e6, expected.dur, tolerance.seconds);
  if (expected.start !== undefined) {
    const wanted = Date.parse(`${expected.start}Z`) / 1e3;
    compare(
      "start",
      outcome.time.kind === "absolute" ? start_us / 1e6 : undefined,
      wanted,
      tolerance.seconds,
    );
  }
  const axes = ["b_x", "b_y", "b_z"].filter((axis) => outcome.channels.includes(axis));
  for (const [name, row] of [
    ["first", 0],
    ["last", outcome.rows - 1],
  ] as const) {
    const wanted = expected[name];
    if (wanted === undefined || row < 0) continue;
    const { columns } = await series.readRows(row, row + 1, axes);
    wanted.forEach((value, i) => {
      const within = Math.max(tolerance.nanotesla, Math.abs(value) * 1e-6);
      compare(`${name} ${axes[i] ?? "axis"}`, columns[i]?.[0], value, within);
    });
  }
  if (expected.b0 !== undefined) {
    const { columns } = await series.readRows(0, 1, ["b"]);
    compare("b0", columns[0]?.[0], expected.b0, Math.max(tolerance.nanotesla, expected.b0 * 1e-6));
  }
  if (expected.max_abs !== undefined) {
    const { columns } = await series.readRows(0, outcome.rows, axes.length > 0 ? axes : ["b"]);
    const highest = columns
      .flatMap((column) => [...column])
      .reduce((a, b) => Math.max(a, Math.abs(b) || 0), 0);
    if (highest > expected.max_abs) differences.push(`a value of ${highest}, beyond ${expected.max_abs}`);
  }
  if (expected.lat_min !== undefined) {
    const { columns } = await series.readRows(0, outcome.rows, ["lat"]);
    const lowest = [...columns[0]!].filter((value) => !Number.isNaN(value)).reduce((a, b) => Math.min(a, b));
    compare("lat_min", lowest, expected.lat_min, 0.01);
  }
  const { assumptions, notes } = outcome.quality;
  const said = [
    ...assumptions.map(({ subject, taken }) => `${subject}: ${taken}`),
    ...notes.map((note) => note.code),
  ];
  return { outcome: "accepted", differences, assumptions, questions: [], said: said.join(" | ") };
}
