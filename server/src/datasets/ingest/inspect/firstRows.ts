import type { TimeKind } from "@magtrace/series";
import { formatTime } from "@magtrace/series/withoutArrow";
import { printable } from "../findings.ts";
import { type Delimiter, splitText } from "../text/dialect.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import type { TableInput } from "../typed/tableInput.ts";
import { headText } from "./headText.ts";

export const ROWS_SHOWN = 50;
const MOST_CELLS = 200;
/** The rows shown stand within this; more is not split up. */
const MOST_CHARACTERS = 256 * 1024;
const DELIMITERS: readonly Delimiter[] = [",", ";", "\t", "|"];

export interface ShownRow {
  readonly line: number;
  readonly cells: string[];
}

/** The first rows of a text as they stand, below the lines that come before them. */
export function textRows(bytes: Uint8Array, linesBefore: number, delimiter: Delimiter | null): ShownRow[] {
  const text = headText(bytes.subarray(0, 4 * MOST_CHARACTERS));
  const start = afterLines(text, linesBefore);
  const below = text.slice(start, start + MOST_CHARACTERS);
  const by = delimiter ?? likelyDelimiter(below);
  return splitText(below, by, ROWS_SHOWN).map(({ line, cells }) => {
    return { line: line + linesBefore, cells: cells.slice(0, MOST_CELLS).map(printable) };
  });
}

function afterLines(text: string, lines: number): number {
  const ends = /\r*\n|\r/g;
  for (let seen = 0; seen < lines; seen++) if (ends.exec(text) === null) return text.length;
  return ends.lastIndex;
}

/** The one that the most of the first lines have equally often. */
function likelyDelimiter(text: string): Delimiter {
  const lines = text.split(/\r?\n|\r/, ROWS_SHOWN);
  let best: { delimiter: Delimiter; score: number } = { delimiter: ",", score: 0 };
  for (const delimiter of DELIMITERS) {
    const counts = new Map<number, number>();
    for (const line of lines) {
      const cells = line.split(delimiter).length;
      if (cells > 1) counts.set(cells, (counts.get(cells) ?? 0) + 1);
    }
    const score = Math.max(0, ...counts.values());
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** The first rows of a file that is no text, as they were read, in the file's units. */
export function typedRows(table: TableInput, block: RowBlock, timeKind: TimeKind): ShownRow[] {
  const { columns } = table;
  const rows = Math.min(block.rows, ROWS_SHOWN);
  return Array.from({ length: rows }, (_, row) => {
    const cells = columns.columns.slice(0, MOST_CELLS).map(() => "");
    const put = (position: number, text: string): void => {
      if (position < cells.length) cells[position] = printable(text);
    };
    const us = block.timeUs[row]!;
    const [timeAt] = columns.time.positions;
    if (timeAt !== undefined && !Number.isNaN(us)) put(timeAt, formatTime(us, timeKind));
    columns.values.forEach(({ position, factor }, slot) => {
      const value = block.values[slot]![row]!;
      put(position, Number.isNaN(value) ? "" : String(Number((value / factor).toPrecision(12))));
    });
    if (columns.sensor !== null && block.sensors !== null) {
      put(columns.sensor.position, block.sensorNames[block.sensors[row]!] ?? "");
    }
    return { line: row + 1, cells };
  });
}
