import { type Delimiter, splitText } from "../../text/dialect.ts";
import { textLines } from "../textLines.ts";

const DELIMITERS: readonly Delimiter[] = [",", ";", "\t"];
const HEAD_LINES = 10;

export interface SmallRow {
  readonly cells: readonly string[];
  /** A cell as a number, whichever sign stands before its fractions; NaN where it is none. */
  number(position: number): number;
}

/** Rows of a table that an app wrote beside the readings, header included: commas, semicolons or tabs. */
export async function* smallTable(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SmallRow> {
  let delimiter: Delimiter | null = null;
  for await (const lines of textLines(bytes, "utf8")) {
    for (const { text } of lines) {
      if (text.trim() === "") continue;
      delimiter ??= mostFrequent(text);
      const [record] = splitText(text, delimiter, 1);
      if (record !== undefined) yield rowOf(record.cells, delimiter);
    }
  }
}

/** Cells of the first lines of a text. */
export function headCells(text: string): string[][] {
  return text
    .split(/\r?\n/, HEAD_LINES)
    .map((line) => splitText(line, mostFrequent(line), 1)[0]?.cells ?? [])
    .map((cells) => [...cells]);
}

function mostFrequent(line: string): Delimiter {
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))];
}

function rowOf(cells: readonly string[], delimiter: Delimiter): SmallRow {
  const text = (position: number): string => (cells[position] ?? "").trim();
  return {
    cells,
    number: (position) => {
      const cell = delimiter === "," ? text(position) : text(position).replace(",", ".");
      return cell === "" ? Number.NaN : Number(cell);
    },
  };
}
