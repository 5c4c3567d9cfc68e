import type { ByteSource } from "@magtrace/series";
import type { TableInput } from "../typed/tableInput.ts";
import type { IngestRequest, SourceFormat } from "../types.ts";

export interface FormatInput {
  /** All bytes of the file, in order; unpacked where it was packed. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The same bytes once more, from the beginning; for what only the whole file can tell. */
  reopen(): AsyncIterable<Uint8Array>;
  /** The file itself, for readers that jump about in it; null where its bytes are being unpacked. */
  readonly source: ByteSource | null;
  readonly likelyBytes: number;
  readonly request: IngestRequest;
  /** Opens a file found within, by its own content. `reopen` is asked for its bytes. */
  openWithin(input: Omit<FormatInput, "bytes" | "openWithin" | "source">): Promise<TableInput>;
}

/** Reads one format. Recognises it by its content: a file's name is never asked. */
export interface FormatReader {
  readonly format: SourceFormat | "zip";
  /** @param head First bytes of the file, up to FORMAT_HEAD_BYTES. */
  claims(head: Uint8Array): boolean;
  /** @throws {RefusedFile} damaged, beyond a limit, or without what a recording needs. So does reading its blocks. */
  open(input: FormatInput): Promise<TableInput>;
}

/** Enough for the comments that stand before the lines by which a format is known. */
export const FORMAT_HEAD_BYTES = 4096;
