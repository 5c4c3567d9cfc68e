import type { Question } from "@magtrace/contracts";
import { columnName, columnNameAbove } from "../cells/columnNames.ts";
import { usualNumber } from "../cells/looseNumber.ts";
import { isMissing, scanNumber, scannedTo, ungrouped } from "../cells/parseNumber.ts";
import { type ResolvedColumns, resolveColumns } from "../cells/resolveColumns.ts";
import { type FindingInput, RefusedFile } from "../findings.ts";
import type { TimeChoice } from "../time/timeInput.ts";
import type { Dialect } from "./findHeader.ts";
import type { TextInputOptions } from "./textInputOptions.ts";

/** A file whose first line is a row already. */
class NoHeader extends RefusedFile {
  override readonly questions: readonly Question[];

  constructor({ header, delimiter }: Dialect) {
    super({
      code: "header_missing",
      line: header.line,
      value: header.cells.join(delimiter),
      expected:
        "a line that names the columns: timestamp_pc, b_x, b_y, b_z …; or a mapping with header_line 0 that names columns by their places: #1, #2 …",
    });
    const columns = { timestamp_pc: "#1", b_x: "#2", b_y: "#3", b_z: "#4" };
    const choice = { label: "columns are time, x, y, z in this order", mapping: { header_line: 0, columns } };
    this.questions = [
      {
        subject: "header",
        asked: "Which column is the time, which are the field's axes?",
        reason: "No line of the file names its columns.",
        column: null,
        choices: header.cells.length === 4 ? [choice] : [],
      },
    ];
  }
}

/** What the columns of a text are, by its first rows. */
export function headColumns(
  dialect: Dialect,
  options: TextInputOptions,
  time: TimeChoice | RefusedFile | null,
): ResolvedColumns {
  const { header, rows, style } = dialect;
  try {
    return resolveColumns({
      header: header.cells,
      line: header.line,
      mapping: options.mapping,
      maxColumns: options.limits.maxColumns,
      time,
      units: unitsOf(dialect),
      context: { filename: options.filename, preamble: dialect.preamble },
      isText(position) {
        const cells = rows.map((row) => row.cells[position] ?? "").filter((cell) => !isMissing(cell));
        if (cells.length === 0) return header.cells[position] === "";
        const unit = dialect.cellUnits[position] ?? null;
        return cells.filter((cell) => unit !== null || isNumeric(cell, style)).length * 2 < cells.length;
      },
    });
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    if (isRow(dialect) && !dialect.headless) throw new NoHeader(dialect);
    const packed = packedColumn(dialect);
    throw packed === null ? error : new RefusedFile(packed);
  }
}

/** The units of a row below the header; where a column's cells have one behind each number, that. */
function unitsOf({ units, cellUnits, header }: Dialect): readonly string[] | null {
  if (cellUnits.every((unit) => unit === null)) return units;
  return header.cells.map((name, i) => {
    const [above, within] = [units?.[i] ?? "", cellUnits[i] ?? ""];
    const said = above === "" ? columnName(name).fieldUnit : columnNameAbove("", above).fieldUnit;
    const own = columnNameAbove("", within).fieldUnit;
    if (said !== null && own !== null && said !== own) return `${said}, but ${within} in cells`;
    return within === "" ? above : within;
  });
}

/** A column that has several numbers in each cell. */
function packedColumn({ header, rows }: Dialect): FindingInput | null {
  for (const [i, column] of header.cells.entries()) {
    const value = rows[0]?.cells[i] ?? "";
    if (!/^[[({]\s*[+-]?[\d.]+(\s*[,;\s]\s*[+-]?[\d.eE+-]+)+\s*[\])}]$/.test(value.slice(0, 400))) continue;
    return {
      code: "not_supported",
      line: rows[0].line,
      column,
      value,
      expected: "one number in each cell; this column has several. Give each axis a column of its own",
    };
  }
  return null;
}

/** Whether what would be the header is a row of numbers. */
export function isRow({ header, style }: Dialect): boolean {
  const numeric = header.cells.filter((cell) => isNumeric(cell, style)).length;
  return numeric > 0 && numeric * 2 >= header.cells.length;
}

function isNumeric(cell: string, { decimal, grouping }: Dialect["style"]): boolean {
  const sign = decimal.charCodeAt(0);
  const usual = usualNumber(cell) ?? cell;
  const bytes = ungrouped(usual, sign, grouping?.charCodeAt(0) ?? 0) ?? Buffer.from(usual);
  scanNumber(bytes, 0, bytes.length, sign);
  return bytes.length > 0 && scannedTo() === bytes.length;
}
