import { MOST_PART_BYTES, partName } from "./format.ts";
import { refusal } from "./importing/archiveFindings.ts";

/** Where rows are read from: a file that is imported, or what will be one. */
export interface PartSource {
  readonly entries: { has(name: string): boolean };
  read(name: string, most: number): Promise<Uint8Array>;
}

/** One row as it stands in a file. */
export interface ArchiveLine {
  readonly text: string;
  readonly part: string;
  /** In its part, from 1. */
  readonly line: number;
}

/** @throws {ArchiveRefused} a part that is too large or not UTF-8. */
export async function* linesOf(archive: PartSource, table: string): AsyncGenerator<ArchiveLine> {
  for (let number = 1; ; number++) {
    const part = partName(table, number);
    if (!archive.entries.has(part)) return;
    const lines = decode(part, await archive.read(part, MOST_PART_BYTES)).split("\n");
    if (lines.at(-1) === "") lines.pop();
    for (const [index, text] of lines.entries()) yield { text, part, line: index + 1 };
  }
}

function decode(part: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refusal({ code: "wrong_row", at: part, expected: "text in UTF-8" });
  }
}
