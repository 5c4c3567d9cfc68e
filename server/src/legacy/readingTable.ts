import { numberOf } from "./cells.ts";
import type { LegacyDatabase, LegacyRow } from "./legacyDatabase.ts";
import { tables } from "./tables.ts";

const FIELD = ["b_x", "b_y", "b_z"] as const;
const BESIDE = ["lat", "lon", "altitude", "thetax", "thetay", "thetaz"] as const;
const HEADER = ["timestamp_pc", ...FIELD, ...BESIDE, "sensor_id"].join(",");

export interface RefusedReading {
  readonly id: number;
  readonly reason: string;
}

/** Rows of a dataset in the order of their ids, which its labels count by, as a file that MagTrace reads. */
export interface ReadingTable {
  /** All there are, refused ones too. */
  readonly total: number;
  /** What is left of them, in order: where each was in the old order, and of which sensor it is. */
  readonly kept: readonly KeptReading[];
  readonly refused: readonly RefusedReading[];
  /** Rows that lack a position or an attitude, by their ids. */
  readonly incomplete: readonly number[];
}

interface KeptReading {
  /** In the old order, from 0. */
  readonly index: number;
  readonly id: number;
  readonly time: string;
  readonly sensor: string;
  readonly line: string;
}

export function readReadings(database: LegacyDatabase, datasetId: number): ReadingTable {
  const kept: KeptReading[] = [];
  const refused: RefusedReading[] = [];
  const incomplete: number[] = [];
  let index = -1;
  for (const row of database.rows(tables.reading, "dataset_id = ?", [datasetId])) {
    index++;
    const id = Number(row.id);
    const time = lineText(row.timestamp_pc);
    const reason = faultOf(row, time);
    if (reason !== null) {
      refused.push({ id, reason });
      continue;
    }
    const beside = BESIDE.map((column) => numberOf(row[column]));
    if (beside.includes(null)) incomplete.push(id);
    const sensor = lineText(row.sensor_id);
    const numbers = [...FIELD.map((column) => numberOf(row[column])), ...beside];
    const line = [quoted(time), ...numbers.map((value) => value ?? ""), quoted(sensor)].join(",");
    kept.push({ index, id, time, sensor, line });
  }
  return { total: index + 1, kept, refused, incomplete };
}

/** Whether the old program drew them in another order: by the text of their times. */
export function isDrawnOtherwise({ kept }: ReadingTable): boolean {
  return kept.some(({ time }, at) => at > 0 && time < kept[at - 1]!.time);
}

/** The table without the rows that a reading of it found fault with, by their place among the kept. */
export function withoutRows(table: ReadingTable, faults: ReadonlyMap<number, string>): ReadingTable {
  const refused = [...faults].map(([at, reason]) => ({ id: table.kept[at]!.id, reason }));
  return {
    ...table,
    kept: table.kept.filter((_, at) => !faults.has(at)),
    refused: [...table.refused, ...refused].sort((a, b) => a.id - b.id),
  };
}

export function encodeReadings({ kept }: ReadingTable): Uint8Array {
  return Buffer.from([HEADER, ...kept.map(({ line }) => line), ""].join("\n"));
}

/** Of a line of the encoded file, from 1: its row among the kept. */
export function rowOfLine(line: number): number {
  return line - 2;
}

function faultOf(row: LegacyRow, time: string): string | null {
  const [missing] = FIELD.filter((column) => numberOf(row[column]) === null);
  if (missing !== undefined) return `${missing} is no number: ${shown(row[missing])}`;
  if (time === "") return "timestamp_pc is empty";
  return null;
}

function shown(cell: LegacyRow[string]): string {
  return cell === null || cell === undefined ? "NULL" : JSON.stringify(lineText(cell).slice(0, 80));
}

/** As a cell of one line. */
function lineText(cell: LegacyRow[string]): string {
  if (cell === null || cell === undefined) return "";
  const text = cell instanceof Uint8Array ? Buffer.from(cell).toString("utf8") : String(cell);
  return text.replaceAll(/[\p{Cc}\p{Cs}]+/gu, " ").trim();
}

function quoted(text: string): string {
  return /[",;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
