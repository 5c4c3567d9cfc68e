import type { DumpTable } from "./dump.ts";

/** Chooses among the rows of a backup, as COPY writes them, and may change values. */
export interface RowChoice {
  /** Tables of which nothing is taken keep what migrations made. */
  takesTable(table: DumpTable): boolean;
  /** Takes the fields of a row, which it may change in place; false leaves the row out. */
  chooserOf(table: DumpTable): (fields: string[]) => boolean;
}

/** The columns of `table` that the target has as well, by their position. */
export function keptColumns(table: DumpTable, target: DumpTable): number[] {
  const there = new Set(target.columns);
  return table.columns.flatMap((column, at) => (there.has(column) ? [at] : []));
}

/** Rows in pieces, each of whole rows. */
export async function* rowsChosen(
  source: AsyncIterable<Uint8Array>,
  table: DumpTable,
  { kept, choice }: { kept: readonly number[]; choice: RowChoice | null },
): AsyncGenerator<Uint8Array> {
  const isChosen = choice?.chooserOf(table) ?? (() => true);
  const isWhole = kept.length === table.columns.length;
  for await (const lines of linesOf(source)) {
    const chosen: string[] = [];
    for (const line of lines) {
      // A tab in a value is written as a backslash and a t.
      const fields = line.split("\t");
      if (!isChosen(fields)) continue;
      chosen.push(`${(isWhole ? fields : kept.map((at) => fields[at])).join("\t")}\n`);
    }
    if (chosen.length > 0) yield Buffer.from(chosen.join(""), "latin1");
  }
}

/** Lines, their bytes as characters, so that none is changed by being looked at. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  let rest = "";
  for await (const piece of source) {
    const lines = (
      rest + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1")
    ).split("\n");
    rest = lines.pop() ?? "";
    yield lines;
  }
  if (rest !== "") yield [rest];
}
