import { AppError } from "../../../errors.ts";
import type { ArchivedRow, ArchivedTable, ObjectColumn } from "../../../platform/archive/declaration.ts";
import type { Transaction } from "../../../platform/database/transaction.ts";
import { columnsOf, objectColumnsOf, type StoredColumn } from "../columnsOf.ts";
import { MOST_PART_BYTES, objectName, PART_BYTES, partName } from "../format.ts";
import type { Spool } from "../importing/spool.ts";
import type { LocalNumbers } from "./localNumbers.ts";
import { rowsOf } from "./rowQueries.ts";

/** The one folder whose objects a file may lack: rows are complete without them. */
const ORIGINALS = "originals";

/** An object that a row speaks of: copied into the file later, when no transaction waits for it. */
export interface WantedObject {
  readonly name: string;
  readonly key: string;
}

export interface RowExport {
  readonly projectId: number;
  readonly numbers: LocalNumbers;
  /** E-mail addresses by id. */
  readonly people: ReadonlyMap<number, string>;
  readonly spool: Spool;
  /** A small object as a whole. */
  readonly readObject: (key: string) => Promise<Uint8Array>;
  readonly wanted: WantedObject[];
  /** Else rows have none, as of originals that are gone. */
  readonly withOriginals: boolean;
}

/** Writes the rows of a table in parts, one JSON object a line. @returns how many there are. */
export async function exportTable(tx: Transaction, table: ArchivedTable, to: RowExport): Promise<number> {
  const hasObjects = objectColumnsOf(table).length > 0;
  let lines: string[] = [];
  let bytes = 0;
  let parts = 0;
  let count = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    await to.spool.add(partName(table.name, ++parts), Buffer.from(lines.join("")));
    lines = [];
    bytes = 0;
  };
  for await (const stored of rowsOf(tx, table, to.projectId)) {
    const described = describe(table, stored, to);
    const row = hasObjects ? await withObjects(table, described, stored, to) : described;
    const line = `${JSON.stringify(row)}\n`;
    const lineBytes = Buffer.byteLength(line);
    if (lineBytes > MOST_PART_BYTES - PART_BYTES) {
      throw new AppError("too_large", `A row of ${table.name} is too large to be exported.`);
    }
    lines.push(line);
    bytes += lineBytes;
    count++;
    if (bytes >= PART_BYTES) await flush();
  }
  await flush();
  return count;
}

function describe(table: ArchivedTable, stored: ArchivedRow, to: RowExport): ArchivedRow {
  const row: Record<string, unknown> = {};
  for (const [name, column] of columnsOf(table)) row[name] = describeCell(table, column, stored[name], to);
  return row;
}

function describeCell(
  table: ArchivedTable,
  column: StoredColumn,
  cell: unknown,
  { numbers, people }: RowExport,
): unknown {
  if (cell === null) return null;
  switch (column.role) {
    case "id":
      return numbers.firm(table.name, cell as number);
    case "person":
      return people.get(cell as number) ?? null;
    case "reference":
      return column.bond === "loose"
        ? numbers.id(column.to, cell as number)
        : numbers.firm(column.to, cell as number);
    case "references":
      return (cell as number[]).map((each) => numbers.id(column.to, each));
    case "json":
      return column.translate ? column.translate(cell, numbers) : cell;
    default:
      return cell;
  }
}

/** The row with the names its objects have in the file. */
async function withObjects(
  table: ArchivedTable,
  described: ArchivedRow,
  stored: ArchivedRow,
  to: RowExport,
): Promise<ArchivedRow> {
  let row = described;
  for (const [column, declared] of objectColumnsOf(table)) {
    const key = stored[column];
    if (typeof key !== "string") continue;
    if (declared.folder === ORIGINALS && !to.withOriginals) {
      row = { ...row, [column]: null };
      continue;
    }
    const name = objectName(
      declared.folder,
      (table.key ?? ["id"]).map((part) => described[part]),
    );
    row = { ...row, [column]: name };
    row = await withObject(declared, row, { name, key }, to);
  }
  return row;
}

async function withObject(
  { content }: ObjectColumn,
  row: ArchivedRow,
  { name, key }: WantedObject,
  to: RowExport,
): Promise<ArchivedRow> {
  to.numbers.setPlace(key, name);
  switch (content.kind) {
    case "blob":
      to.wanted.push({ name, key });
      return row;
    case "files":
      for (const file of content.names) to.wanted.push({ name: `${name}/${file}`, key: key + file });
      return row;
    case "document": {
      const translated = content.translate(await to.readObject(key), to.numbers);
      return content.note(row, await to.spool.add(name, translated));
    }
  }
}
