import Type, { type TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import type { ArchiveContents, ArchivedRow, ArchivedTable } from "../../../platform/archive/declaration.ts";
import { type ArchiveLine, linesOf } from "../archiveLines.ts";
import { columnsOf, objectColumnsOf } from "../columnsOf.ts";
import {
  CHECKSUMS_NAME,
  isForPeople,
  MANIFEST_NAME,
  MOST_DOCUMENT_BYTES,
  MOST_MODEL_BYTES,
  objectName,
} from "../format.ts";
import { type Fault, FaultList } from "./archiveFindings.ts";
import { convertRow, WrongCell } from "./convertRow.ts";
import { CheckedNumbers } from "./importNumbers.ts";
import { isStorable } from "./isStorable.ts";
import type { Archive } from "./openArchive.ts";

/** A file whose rows are all as they must be. */
export interface CheckedArchive {
  readonly archive: Archive;
  readonly contents: ArchiveContents;
  /** Ids each table needs: of its rows, and of those that are gone and still spoken of. */
  readonly idsNeeded: ReadonlyMap<string, number>;
}

interface Checking {
  readonly archive: Archive;
  readonly faults: FaultList;
  readonly numbers: CheckedNumbers;
  readonly kept: Map<string, ArchivedRow[]>;
  readonly contents: ArchiveContents;
  /** Entries that rows speak of. */
  readonly spokenOf: Set<string>;
  readonly signal: AbortSignal;
}

/**
 * Looks at every row of a file before anything of it is kept.
 * @throws {ArchiveRefused} with the first hundred things that are wrong.
 */
export async function checkArchive(
  archive: Archive,
  tables: readonly ArchivedTable[],
  signal: AbortSignal,
): Promise<CheckedArchive> {
  const faults = new FaultList();
  requireKnownTables(archive, tables, faults);
  faults.refuseIfAny();
  const counts = new Map(Object.entries(archive.manifest.tables));
  const kept = new Map<string, ArchivedRow[]>();
  const checking: Checking = {
    archive,
    faults,
    numbers: new CheckedNumbers(counts, placesIn(archive, tables)),
    kept,
    contents: {
      row: (table, id) => kept.get(table)?.[id - 1],
      object: (name) => archive.entries.get(name),
    },
    spokenOf: new Set([MANIFEST_NAME, CHECKSUMS_NAME]),
    signal,
  };
  for (const table of tables) {
    await checkTable(table, checking);
    // Rows that refer to wrong ones would all be told as wrong, too.
    faults.refuseIfAny();
  }
  requireNothingElse(checking);
  faults.refuseIfAny();
  const idsNeeded = new Map(
    [...counts].map(([table, count]) => [table, count + checking.numbers.gone(table)]),
  );
  return { archive, contents: checking.contents, idsNeeded };
}

function requireKnownTables(archive: Archive, tables: readonly ArchivedTable[], faults: FaultList): void {
  const known = new Map(tables.map((table) => [table.name, table]));
  const declared = Object.keys(archive.manifest.tables);
  for (const name of declared) {
    if (known.has(name)) continue;
    faults.add({
      code: "unknown_table",
      at: MANIFEST_NAME,
      value: name,
      expected: "tables of this MagTrace",
    });
  }
  for (const [name, { isNew }] of known) {
    if (isNew || declared.includes(name)) continue;
    faults.add({ code: "wrong_count", at: MANIFEST_NAME, expected: `how many rows ${name} has` });
  }
}

/** Names that stand for several objects together: their folders. */
function placesIn(archive: Archive, tables: readonly ArchivedTable[]): Set<string> {
  const places = new Set<string>();
  for (const table of tables) {
    for (const [, column] of objectColumnsOf(table)) {
      if (column.content.kind !== "files") continue;
      const folder = objectName(column.folder, [""]);
      for (const name of archive.entries.keys()) {
        if (name.startsWith(folder)) places.add(name.slice(0, name.lastIndexOf("/")));
      }
    }
  }
  return places;
}

async function checkTable(table: ArchivedTable, checking: Checking): Promise<void> {
  const { archive, faults, kept, signal } = checking;
  const rowForm = Compile(rowSchema(table));
  const keep: ArchivedRow[] = [];
  if (table.keep) kept.set(table.name, keep);
  let count = 0;
  let previous: ArchivedRow | undefined;
  for await (const line of linesOf(archive, table.name)) {
    signal.throwIfAborted();
    checking.spokenOf.add(line.part);
    const row = await checkLine(line, { table, rowForm, number: ++count, previous }, checking);
    if (row && table.keep) keep[count - 1] = Object.fromEntries(table.keep.map((name) => [name, row[name]]));
    previous = row ?? previous;
  }
  const declared = archive.manifest.tables[table.name] ?? 0;
  if (count !== declared) {
    faults.add({
      code: "wrong_count",
      at: MANIFEST_NAME,
      value: declared,
      expected: `as many rows of ${table.name} as there are: ${count}`,
    });
    return;
  }
  const together = table.checkAll?.(count, checking.contents);
  if (together) faults.add({ code: "wrong_row", at: `tables/${table.name}`, expected: together });
}

function rowSchema(table: ArchivedTable): TSchema {
  const schemas = columnsOf(table).map(([name, { schema, before }]) => {
    return [name, before ? Type.Optional(schema) : schema] as const;
  });
  return Type.Object(Object.fromEntries(schemas), { additionalProperties: false });
}

interface LineContext {
  readonly table: ArchivedTable;
  readonly rowForm: Validator;
  /** Of this row, from 1. */
  readonly number: number;
  readonly previous: ArchivedRow | undefined;
}

/** @returns the row, or undefined where it is wrong. */
async function checkLine(
  { text, part, line }: ArchiveLine,
  context: LineContext,
  checking: Checking,
): Promise<ArchivedRow | undefined> {
  const add = (column: string | undefined, value: unknown, expected: string) =>
    checking.faults.add({
      code: "wrong_row",
      at: column === undefined ? part : `${part}: ${column}`,
      line,
      value,
      expected,
    } satisfies Fault);
  const row = parse(text);
  if (row === undefined) return void add(undefined, text, "one JSON object that can be stored");
  const { table, rowForm } = context;
  if (!rowForm.Check(row)) {
    const [error] = rowForm.Errors(row);
    const [, column = ""] = error?.instancePath.split("/") ?? [];
    return void add(column || undefined, row[column], error?.message ?? "a row of this table");
  }
  const wrong =
    orderFault(row, context) ?? timeFault(table, row) ?? (await referenceFault(table, row, checking));
  const fault = wrong ?? table.check?.(row, checking.contents);
  if (!fault) return row;
  return void add(fault.column, row[fault.column], fault.expected);
}

function parse(text: string): ArchivedRow | undefined {
  try {
    const row: unknown = JSON.parse(text);
    const isRow = typeof row === "object" && row !== null && !Array.isArray(row);
    return isRow && isStorable(row) ? (row as ArchivedRow) : undefined;
  } catch {
    return undefined;
  }
}

/** Rows are numbered without a gap, or rise by their key: none is there twice. */
function orderFault(row: ArchivedRow, { table, number, previous }: LineContext) {
  if ("id" in table.columns) {
    return row.id === number ? null : { column: "id", expected: `${number}: rows are numbered in order` };
  }
  if (!table.key || !previous) return null;
  const column = table.key.find((name) => row[name] !== previous[name]) ?? table.key.at(-1)!;
  const rises = (row[column] as number) > (previous[column] as number);
  return rises ? null : { column, expected: `rows in the order of ${table.key.join(", ")}, each once` };
}

/** The form is right already; is there such a day? */
function timeFault(table: ArchivedTable, row: ArchivedRow) {
  for (const [column, { role }] of columnsOf(table)) {
    const text = row[column];
    if (role !== "time" || typeof text !== "string") continue;
    const ms = Date.parse(`${text.slice(0, 23)}Z`);
    // The 30th of February is taken for a day of March.
    const isDay = new Date(ms).getUTCDate() === Number(text.slice(8, 10));
    if (!isDay || text.startsWith("0000")) return { column, expected: "a day of the calendar" };
  }
  return null;
}

async function referenceFault(table: ArchivedTable, row: ArchivedRow, checking: Checking) {
  try {
    convertRow(table, row, { references: checking.numbers, people: new Map() });
  } catch (error) {
    if (error instanceof WrongCell) return { column: error.column, expected: error.message };
    throw error;
  }
  for (const [column, declared] of objectColumnsOf(table)) {
    if (row[column] === null) continue;
    const name = objectName(
      declared.folder,
      (table.key ?? ["id"]).map((part) => row[part]),
    );
    if (row[column] !== name) return { column, expected: name };
    const { content } = declared;
    const names = content.kind === "files" ? content.names.map((file) => `${name}/${file}`) : [name];
    for (const each of names) {
      checking.spokenOf.add(each);
      if (!checking.archive.entries.has(each)) return { column, expected: `an entry ${each}` };
    }
    if (content.kind === "document") {
      const expected = await documentFault(name, content.translate, checking);
      if (expected !== null) return { column, expected };
    }
    if (content.kind === "blob" && content.fault) {
      const expected = content.fault(await checking.archive.read(name, MOST_MODEL_BYTES));
      if (expected !== null) return { column, expected: `a valid ${name}: ${expected}` };
    }
  }
  return null;
}

type Translate = (bytes: Uint8Array, numbers: CheckedNumbers) => Uint8Array;

async function documentFault(
  name: string,
  translate: Translate,
  { archive, numbers }: Checking,
): Promise<string | null> {
  try {
    translate(await archive.read(name, MOST_DOCUMENT_BYTES), numbers);
    return null;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError))
      throw error;
    return `a valid ${name}: ${error.message}`;
  }
}

function requireNothingElse({ archive, spokenOf, faults }: Checking): void {
  for (const name of archive.entries.keys()) {
    if (spokenOf.has(name) || isForPeople(name)) continue;
    faults.add({ code: "unknown_entry", at: name, expected: "only entries that rows of the file speak of" });
  }
}
