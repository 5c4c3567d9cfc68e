import type { Assumption } from "@magtrace/contracts";
import { printable } from "../findings.ts";
import type { ColumnMapping, QualityNote } from "../types.ts";
import type { Dialect } from "./findHeader.ts";
import type { CutLine } from "./lastLine.ts";
import type { CellCount, RowBlock } from "./rowBlock.ts";
import type { TextEncodingName } from "./textEncoding.ts";

const PLACES_KEPT = 10;

/** What is known of a text once it is read. */
export interface TextFacts {
  readonly encoding: TextEncodingName;
  readonly mapping: ColumnMapping | undefined;
  readonly dialect: Dialect;
  readonly cut: CutLine | null;
}

/** What a text does not say of its shape and was taken all the same. */
export function textAssumptions({ encoding, mapping, dialect, cut }: TextFacts): Assumption[] {
  const assumptions: Assumption[] = [];
  const { style, header } = dialect;
  if (cut !== null) {
    assumptions.push({
      subject: "last_line",
      taken: "The last line was left out.",
      reason: `It is cut off: ${cut.why}. It says "${printable(cut.text)}".`,
      column: null,
      others: [],
    });
  }
  if (style.grouping !== null && mapping?.decimal === undefined) {
    assumptions.push({
      subject: "numbers",
      taken: `"${style.grouping}" stands between thousands, "${style.decimal}" before fractions.`,
      reason: "Numbers have three digits behind it wherever it stands.",
      column: null,
      others: [
        { label: `"${style.grouping}" stands before fractions`, mapping: { decimal: style.grouping } },
      ],
    });
  }
  if (encoding === "windows-1252" && mapping?.encoding === undefined) {
    assumptions.push({
      subject: "encoding",
      taken: "Windows-1252",
      reason: "Its bytes are no UTF-8.",
      column: null,
      others: [],
    });
  }
  if (header.comment && mapping?.header_line === undefined) {
    assumptions.push({
      subject: "header",
      taken: `Line ${header.line} names the columns.`,
      reason: "It is a comment, and the rows below it have as many cells.",
      column: null,
      others: [],
    });
  }
  return assumptions;
}

/** Passes blocks on, and counts the headers that came again in them. @param line Of the first block's first row. */
export async function* countRepeated(
  blocks: AsyncIterable<RowBlock>,
  repeated: CellCount,
  line: number,
): AsyncGenerator<RowBlock> {
  let at = line;
  for await (const block of blocks) {
    const { count = 0, lines = [] } = block.repeatedHeaders ?? {};
    repeated.count += count;
    for (const one of lines) if (repeated.lines.length < PLACES_KEPT) repeated.lines.push(at + one);
    at += block.lineCount;
    yield block;
  }
}

export function repeatedNotes({ count, lines }: CellCount): QualityNote[] {
  if (count === 0) return [];
  const times = count === 1 ? "once more" : `${count} times more`;
  const message = `The header stands ${times} among the rows; those lines were left out.`;
  return [{ code: "header_repeated", count, first_lines: lines, message }];
}
