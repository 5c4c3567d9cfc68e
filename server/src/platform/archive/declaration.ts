import type { ByteSink, ByteSource } from "@magtrace/series";
import Type, { type TSchema } from "typebox";

/**
 * What a domain says of its tables so that a project can leave as a file and come back. In the file rows are numbered
 * 1, 2, 3 … in the order they were made, tables by tables; `References` turns one numbering into the other, both ways.
 */
export interface ArchivedTable {
  /** In schema magtrace. */
  readonly name: string;
  /** Every column but project_id and organization_id. */
  readonly columns: Readonly<Record<string, ArchivedColumn>>;
  /** What tells rows apart: `id`, or columns whose values rise from row to row. Absent: nothing does. */
  readonly key?: readonly string[];
  /** SQL: the order of rows. By default that of the key. */
  readonly orderBy?: string;
  /** Files of earlier versions have no such table. */
  readonly isNew?: true;
  /** SQL: rows whose work has ended. Others are not part of a file. */
  readonly where?: string;
  /** Rows read at once, where they can be large. */
  readonly pageRows?: number;
  /** Columns that checks of later rows look at. */
  readonly keep?: readonly string[];
  /** What is wrong with a row that has the right types; of a file that somebody else may have written. */
  readonly check?: (row: ArchivedRow, contents: ArchiveContents) => RowFault | null;
  /** What is wrong with the rows together. */
  readonly checkAll?: (rows: number, contents: ArchiveContents) => string | null;
}

/** A row as it stands in the file. */
export type ArchivedRow = Readonly<Record<string, unknown>>;

export interface RowFault {
  readonly column: string;
  readonly expected: string;
}

/** What is known of a file while its rows are checked. */
export interface ArchiveContents {
  /** The columns an earlier table keeps, of the row with this number. */
  row(table: string, id: number): ArchivedRow | undefined;
  object(name: string): { readonly size: number; readonly sha256: string } | undefined;
}

export interface References {
  /** Also of a row that is gone: it has a number, and stays gone. @throws {RangeError} a number that cannot be. */
  id(table: string, id: number): number;
  /** Where objects lie, of those that come along; null for others. */
  place(place: string | null): string | null;
}

interface Plain {
  readonly schema: TSchema;
  /** Type in SQL. */
  readonly sql: string;
  /** What it holds in rows of files that were written before there was such a column. */
  readonly before?: { readonly value: unknown };
}

/** The numbers of other rows. */
export interface Reference extends Plain {
  readonly role: "reference" | "references";
  readonly to: string;
  /** firm: of a row that is there. earlier: there, and made before this one. loose: it may be gone. */
  readonly bond: "firm" | "earlier" | "loose";
}

export interface JsonColumn extends Plain {
  readonly role: "json";
  /** Turns the references inside. */
  readonly translate?: (value: unknown, references: References) => unknown;
}

export interface ObjectColumn extends Plain {
  readonly role: "object";
  /** In the file: objects/FOLDER/KEY of the row. */
  readonly folder: string;
  /** SQL, where it is not the column as it is. */
  readonly read?: string;
  readonly content: Blob | Document | Files;
  /** Key, or prefix of several files, of the copy. The row has its new ids; `unique` is the import's alone. */
  readonly newPlace: (row: ArchivedRow, unique: string) => string;
}

/** One object, copied byte for byte. */
interface Blob {
  readonly kind: "blob";
  /** Why these bytes cannot be what they should, or null. */
  readonly fault?: (bytes: Uint8Array) => string | null;
}

/** One small object that refers to rows. */
interface Document {
  readonly kind: "document";
  /** @throws {RangeError | TypeError} not such a document. */
  readonly translate: (bytes: Uint8Array, references: References) => Uint8Array;
  /** Writes the hash of what it became into its row. */
  readonly note: (row: ArchivedRow, sha256: string) => ArchivedRow;
}

/** Several objects under a prefix, which are made anew from what is in the file. */
interface Files {
  readonly kind: "files";
  readonly names: readonly string[];
  /** @throws {RangeError | TypeError} nothing can be made of them; the message says why. */
  readonly remake: (files: GivenFiles) => Promise<void>;
}

export interface GivenFiles {
  readonly row: ArchivedRow;
  readonly contents: ArchiveContents;
  readonly open: (name: string) => Promise<ByteSource>;
  readonly openSink: (name: string) => Promise<ByteSink>;
  readonly signal: AbortSignal;
}

export type ArchivedColumn =
  | (Plain & { readonly role: "id" | "value" | "time" | "person" })
  | Reference
  | JsonColumn
  | ObjectColumn
  | { readonly role: "omitted"; readonly because: string };

/** A table that is no part of a project's file, and why. */
export interface OmittedTable {
  readonly name: string;
  readonly because: string;
}

const Whole = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

export const id: ArchivedColumn = { role: "id", schema: Whole, sql: "bigint" };

export function value(sql: string, schema: TSchema): ArchivedColumn {
  return { role: "value", schema, sql };
}

export function text(maxLength: number): ArchivedColumn {
  return value("text", Type.String({ maxLength }));
}

export function count(sql: "integer" | "bigint"): ArchivedColumn {
  const maximum = sql === "integer" ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
  return value(sql, Type.Integer({ minimum: 0, maximum }));
}

export const flag: ArchivedColumn = value("boolean", Type.Boolean());

/** Microseconds are kept: they put rows of one moment in order. */
const Moment = Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$" });
export const time: ArchivedColumn = { role: "time", schema: Moment, sql: "timestamptz" };

/** By e-mail, in lower case; null where nobody of the organisation. */
export const person: ArchivedColumn = {
  role: "person",
  schema: Type.Union([Type.String({ maxLength: 320 }), Type.Null()]),
  sql: "integer",
};

export function orNull(column: ArchivedColumn): ArchivedColumn {
  if (column.role === "omitted") return column;
  return { ...column, schema: Type.Union([column.schema, Type.Null()]) };
}

/** A column that files of earlier versions lack: their rows hold `value`. */
export function since(column: ArchivedColumn, value: unknown): ArchivedColumn {
  return column.role === "omitted" ? column : { ...column, before: { value } };
}

export function reference(to: string, bond: Reference["bond"]): ArchivedColumn {
  return { role: "reference", to, bond, schema: Whole, sql: "bigint" };
}

export function references(to: string): ArchivedColumn {
  return { role: "references", to, bond: "loose", schema: Type.Array(Whole), sql: "bigint[]" };
}

export function json(schema: TSchema, translate?: JsonColumn["translate"]): ArchivedColumn {
  return { role: "json", schema, sql: "jsonb", ...(translate ? { translate } : {}) };
}

export function object(
  column: Pick<ObjectColumn, "folder" | "read" | "content" | "newPlace">,
): ArchivedColumn {
  return { role: "object", schema: Type.String({ maxLength: 200 }), sql: "text", ...column };
}

export function omitted(because: string): ArchivedColumn {
  return { role: "omitted", because };
}
