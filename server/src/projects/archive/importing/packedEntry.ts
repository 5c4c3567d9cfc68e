import { type ArchiveRefused, type Fault, refusal } from "./archiveFindings.ts";

/** A file within a project's file, not yet looked into. */
export interface PackedEntry {
  readonly name: string;
  readonly size: number;
  /** Where its bytes lie as they are; null where they are compressed. */
  readonly start: number | null;
  stream(): AsyncIterable<Uint8Array>;
}

/** What a project's file is packed in. */
export interface Container {
  /** The manifest, read before anything else, because a newer form may have other entries. */
  manifest(): Promise<Uint8Array>;
  /** Every entry in the order of the file. Whoever takes one reads it to its end before the next. */
  entries(): AsyncIterable<PackedEntry>;
}

export function notAProjectFile(because: string): ArchiveRefused {
  return refusal({
    code: "not_a_project_file",
    expected: `a file that MagTrace exported (.magtrace.zip, earlier .magtrace.tar, not unpacked): ${because}`,
  });
}

export function cutShort(): ArchiveRefused {
  return damaged("It ends too early.");
}

export function damaged(because: string, at?: string): ArchiveRefused {
  const fault: Fault = { code: "damaged_file", at, expected: `a file that is whole. ${because}` };
  return refusal(fault);
}
