import { AppError } from "../errors.ts";

/** A labelled stretch: row indices from 0, both inclusive. */
export interface FileLabel {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly category: string;
}

const wanted = ["start_index", "end_index", "category"] as const;

/**
 * Labels of a file `start_index,end_index,category`; columns may stand in any order and others beside them.
 * @throws {AppError} unreadable_file naming the line.
 */
export function readLabelFile(name: string, text: string): FileLabel[] {
  const fail = (line: number, what: string) =>
    new AppError("unreadable_file", `${name}, line ${line}: ${what}.`);
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const header = cellsOf(lines[0] ?? "");
  const [start, end, category] = wanted.map((column) => header.indexOf(column));
  if (start < 0 || end < 0 || category < 0) throw fail(1, `the columns ${wanted.join(",")} were expected`);
  const labels: FileLabel[] = [];
  for (let index = 1; index < lines.length; index += 1) {
    if (lines[index].trim() === "") continue;
    const cells = cellsOf(lines[index]);
    const label = {
      startIndex: rowIndex(cells[start]),
      endIndex: rowIndex(cells[end]),
      category: cells[category] ?? "",
    };
    if (!(label.startIndex <= label.endIndex))
      throw fail(index + 1, "two row numbers in order were expected");
    if (label.category === "") throw fail(index + 1, "a category was expected");
    labels.push(label);
  }
  if (labels.length === 0) throw fail(2, "at least one label was expected");
  return labels;
}

function rowIndex(cell: string | undefined): number {
  return /^\d{1,15}$/.test(cell ?? "") ? Number(cell) : Number.NaN;
}

/** Cells between commas, trimmed; in double quotes a comma is text and two quotes are one. */
function cellsOf(line: string): string[] {
  const cells = line.match(/("([^"]|"")*"|[^,])+|(?<=^|,)(?=,|$)/g) ?? [];
  return cells.map((cell) => {
    const trimmed = cell.trim();
    return /^".*"$/.test(trimmed) ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed;
  });
}
