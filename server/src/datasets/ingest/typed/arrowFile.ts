import { type ByteSource, readExactly } from "@magtrace/series";
import { Footer } from "apache-arrow/fb/footer";
import { ByteBuffer } from "flatbuffers";
import { RefusedFile } from "../findings.ts";
import type { IngestRequest } from "../types.ts";
import { type ArrowBounds, int32, MAX_BATCH_BYTES } from "./arrowBounds.ts";

/** A file's magic, padded; what follows is a stream, the footer behind its end. */
export const FILE_LEAD_BYTES = 8;
/** Length of the footer and magic, at a file's end. */
const FILE_TAIL_BYTES = 10;
/** A footer may point at one batch as often as it likes; reading much more than there is means that it does. */
const MAX_READ_RATIO = 2;

/** A source as Arrow's random-access reader wants it, remembering whether it was the source that failed. */
export class SourceHandle {
  readonly fd = -1;
  readonly #source: ByteSource;
  readonly #request: Pick<IngestRequest, "signal" | "onProgress">;
  #read = 0;
  failed = false;
  failure: unknown;

  constructor(source: ByteSource, request: Pick<IngestRequest, "signal" | "onProgress">) {
    this.#source = source;
    this.#request = request;
  }

  get size(): number {
    return this.#source.size;
  }

  async stat(): Promise<{ size: number }> {
    return { size: this.size };
  }

  async read(
    into: Uint8Array,
    at: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number; buffer: Uint8Array }> {
    const { size } = this;
    this.#read += length;
    if (length > MAX_BATCH_BYTES || this.#read > MAX_READ_RATIO * size + MAX_BATCH_BYTES) {
      throw new RefusedFile({
        code: "not_supported",
        expected: `record batches of at most ${MAX_BATCH_BYTES} bytes, each listed once`,
      });
    }
    if (!(position >= 0 && position + length <= size))
      throw new RangeError(`bytes at ${position} of ${size}`);
    try {
      this.#request.signal?.throwIfAborted();
      await readExactly(this.#source, position, into.subarray(at, at + length));
    } catch (error) {
      this.failed = true;
      this.failure = error;
      throw error;
    }
    this.#request.onProgress?.(Math.min(this.#read / size, 1));
    return { bytesRead: length, buffer: into };
  }

  async close(): Promise<void> {
    // The source is the caller's to close.
  }
}

/** The footer, if it is one as far as its length. The library trusts that with as much memory as it says. */
export async function readFooter(file: SourceHandle): Promise<Footer> {
  const tail = await bytesAt(
    file,
    Math.max(file.size - FILE_TAIL_BYTES, 0),
    Math.min(FILE_TAIL_BYTES, file.size),
  );
  const magic = Buffer.from(tail.subarray(4)).toString("latin1");
  const length = magic === "ARROW1" ? int32(tail) : -1;
  if (!(length > 0 && length + FILE_LEAD_BYTES + FILE_TAIL_BYTES <= file.size)) {
    throw new RefusedFile({
      code: "damaged_file",
      expected: "an Arrow IPC file with its footer; this one is damaged or cut short",
    });
  }
  const bytes = await bytesAt(file, file.size - FILE_TAIL_BYTES - length, length);
  return Footer.getRootAsFooter(new ByteBuffer(bytes));
}

/** Checks the metadata of every batch that a footer lists, so that nothing is read of a file that will be refused. */
export async function checkBatches(file: SourceHandle, footer: Footer, bounds: ArrowBounds): Promise<void> {
  for (let i = 0; i < footer.dictionariesLength(); i++) {
    bounds.checkMessage(await messageAt(file, Number(footer.dictionaries(i)?.offset())), "dictionary");
  }
  for (let i = 0; i < footer.recordBatchesLength(); i++) {
    bounds.checkMessage(await messageAt(file, Number(footer.recordBatches(i)?.offset())), "batch");
  }
}

/** Metadata of a message, found as the library finds it: by its own length and not by the footer's. */
async function messageAt(file: SourceHandle, offset: number): Promise<Uint8Array> {
  let at = offset;
  let length = int32(await bytesAt(file, at, 4));
  at += 4;
  if (length === -1) {
    length = int32(await bytesAt(file, at, 4));
    at += 4;
  }
  if (!(length > 0)) throw new RangeError("a batch without metadata");
  return bytesAt(file, at, length);
}

async function bytesAt(file: SourceHandle, position: number, length: number): Promise<Uint8Array> {
  if (!(length <= file.size)) throw new RangeError(`${length} bytes of ${file.size}`);
  const bytes = new Uint8Array(length);
  await file.read(bytes, 0, length, position);
  return bytes;
}
