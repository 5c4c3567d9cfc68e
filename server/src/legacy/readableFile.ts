import type { Config } from "../config.ts";
import type { FindingCode, IngestOutcome } from "../datasets/ingest/types.ts";
import { tryReading } from "../datasets/tryReading.ts";
import { encodeReadings, type ReadingTable, rowOfLine, withoutRows } from "./readingTable.ts";

/** Each round finds at most a hundred rows. */
const MOST_ROUNDS = 50;
/** Faults of one row, without which the others can be read. */
const OF_A_ROW: ReadonlySet<FindingCode> = new Set(["not_a_number", "not_a_time", "field_too_long"]);

export interface ReadableFile {
  /** Without rows that cannot be read. */
  readonly readings: ReadingTable;
  readonly bytes: Uint8Array;
  readonly outcome: IngestOutcome;
}

/**
 * A dataset as a file, tried out: rows that cannot be read are left out, where that is what makes the rest readable.
 * Otherwise the file is as it was, and the outcome says what is wrong with it.
 */
export async function readableFile(
  config: Config,
  table: ReadingTable,
  { filename, signal }: { filename: string; signal: AbortSignal },
): Promise<ReadableFile> {
  const attempt = async (readings: ReadingTable): Promise<ReadableFile> => {
    const bytes = encodeReadings(readings);
    return { readings, bytes, outcome: await tryReading(config, bytes, { filename, signal }) };
  };
  const first = await attempt(table);
  let last = first;
  for (let round = 1; round < MOST_ROUNDS && !last.outcome.ok; round++) {
    const faults = rowFaults(last.outcome);
    const left = last.readings.kept.length - faults.size;
    // Of a file that is mostly wrong something else is wrong.
    if (faults.size === 0 || left < table.kept.length / 2) return first;
    last = await attempt(withoutRows(last.readings, faults));
  }
  return last.outcome.ok ? last : first;
}

/** None where anything else is wrong. */
function rowFaults(outcome: IngestOutcome & { ok: false }): Map<number, string> {
  const faults = new Map<number, string>();
  if (outcome.questions.length > 0) return faults;
  for (const { code, line, column, value, expected } of outcome.findings) {
    if (line === null || line < 2 || !OF_A_ROW.has(code)) return new Map();
    const cell = value === null ? "" : ` "${value}"`;
    faults.set(rowOfLine(line), `${column ?? "a cell"}${cell}: expected ${expected}`);
  }
  return faults;
}
