import type { ArchivedRow, ArchivedTable, References } from "../../../platform/archive/declaration.ts";
import { columnsOf, type StoredColumn } from "../columnsOf.ts";

/** Both numberings an import goes through: the file's, being checked, and the new one. */
export interface RowReferences extends References {
  firm(table: string, number: number): number;
}

export interface Conversion {
  readonly references: RowReferences;
  /** Ids of people by e-mail address. */
  readonly people: ReadonlyMap<string, number>;
}

/** A reference of a column that cannot be; the message says what it should be. */
export class WrongCell extends Error {
  readonly column: string;
  constructor(column: string, expected: string) {
    super(expected);
    this.column = column;
  }
}

/**
 * A row of a file, its types checked, as it will be stored; objects keep their names of the file.
 * @throws {WrongCell} a reference leads nowhere.
 */
export function convertRow(table: ArchivedTable, row: ArchivedRow, conversion: Conversion): ArchivedRow {
  const converted: Record<string, unknown> = {};
  for (const [name, column] of columnsOf(table)) {
    try {
      const cell = row[name] === undefined ? column.before?.value : row[name];
      converted[name] = convertCell(table, column, row, { cell, ...conversion });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new WrongCell(name, error.message);
    }
  }
  return converted;
}

function convertCell(
  table: ArchivedTable,
  column: StoredColumn,
  row: ArchivedRow,
  { cell, references, people }: Conversion & { cell: unknown },
): unknown {
  if (cell === null) return null;
  switch (column.role) {
    case "id":
      return references.firm(table.name, cell as number);
    case "person":
      return people.get((cell as string).toLowerCase()) ?? null;
    case "reference": {
      if (column.bond === "loose") return references.id(column.to, cell as number);
      if (column.bond === "earlier" && (cell as number) >= (row.id as number)) {
        throw new RangeError(`a row of ${column.to} before this one`);
      }
      return references.firm(column.to, cell as number);
    }
    case "references":
      return (cell as number[]).map((each) => references.id(column.to, each));
    case "json":
      return column.translate ? column.translate(cell, references) : cell;
    default:
      return cell;
  }
}
