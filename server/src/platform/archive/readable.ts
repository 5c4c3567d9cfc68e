import type { ByteSource } from "@magtrace/series";
import type { ArchivedRow } from "./declaration.ts";

/** A project's file, as the parts of it that people and other programs read are made. Numbers are the file's own. */
export interface ReadableSource {
  /** In the order of the file. */
  rows(table: string): AsyncIterable<ArchivedRow>;
  /** An object of the file by its entry's name. Whoever opens it closes it. */
  open(name: string): Promise<ByteSource & { close(): Promise<void> }>;
}

/** One entry of a project's file that says again what rows and objects hold, in a form that needs no MagTrace. */
export interface ReadableFile {
  /** Below `readable/`. */
  readonly name: string;
  /** For the README: what it is. */
  readonly about: string;
  content(): AsyncIterable<Uint8Array | string>;
}

/** What a domain adds to the readable part. Named at once, made when its turn comes. */
export type ReadableFiles = (source: ReadableSource) => AsyncIterable<ReadableFile>;

/** Rows as a JSON array, one a line. */
export async function* jsonLines(rows: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const row of rows) {
    yield separator + JSON.stringify(row);
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

/** Values by the number of their row. */
export async function byNumber<T>(
  rows: AsyncIterable<ArchivedRow>,
  pick: (row: ArchivedRow) => T,
): Promise<Map<number, T>> {
  const found = new Map<number, T>();
  for await (const row of rows) found.set(row.id as number, pick(row));
  return found;
}
