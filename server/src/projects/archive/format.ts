import { JsonObject, Name } from "@magtrace/contracts";
import Type, { type Static } from "typebox";

/** docs/api.md describes the form of these files. */
export const FORMAT = "magtrace-project";
/** 1 is a tar file without the readable part: what MagTrace wrote before, and reads for ever. */
export const VERSION = 2;

export const MANIFEST_NAME = "magtrace.json";
export const CHECKSUMS_NAME = "SHA256SUMS";
export const README_NAME = "README.md";
export const MEDIA_TYPE = "application/zip";
/** Entries below it say again what rows and objects hold; an import holds them against their checksums and no more. */
const READABLE = "readable/";

/** A part ends with the line that reaches this. */
export const PART_BYTES = 4 * 1024 * 1024;
/** A part and its last line. */
export const MOST_PART_BYTES = 64 * 1024 * 1024;
export const MOST_ENTRIES = 200_000;
export const MOST_MANIFEST_BYTES = 4 * 1024 * 1024;
/** What is translated or looked into is in memory as a whole. */
export const MOST_DOCUMENT_BYTES = 256 * 1024 * 1024;
export const MOST_MODEL_BYTES = 1024 * 1024 * 1024;

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const Manifest = Type.Object({
  format: Type.Literal(FORMAT),
  version: Type.Union([Type.Literal(1), Type.Literal(VERSION)]),
  program_version: Type.String(),
  exported_at: Type.String(),
  project: Type.Object({
    name: Name,
    description: Type.String({ maxLength: 20_000 }),
    settings: JsonObject,
  }),
  /** Rows of each table. */
  tables: Type.Record(Type.String(), Count),
  /** Rows whose work had not ended, which are not in the file. */
  unfinished: Type.Record(Type.String(), Count),
});
export type Manifest = Static<typeof Manifest>;

export function partName(table: string, part: number): string {
  return `tables/${table}/${String(part).padStart(4, "0")}.jsonl`;
}

export function objectName(folder: string, keys: readonly unknown[]): string {
  return `objects/${folder}/${keys.join("/")}`;
}

export function readableName(name: string): string {
  return `${READABLE}${name}`;
}

/** Whether an entry is for people, so that no row speaks of it. */
export function isForPeople(name: string): boolean {
  return name === README_NAME || name.startsWith(READABLE);
}

/** What a line of the checksums says; `sha256sum --check SHA256SUMS` reads it. */
export function checksumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}\n`;
}
