import { Readable } from "node:stream";
import yauzl from "yauzl";
import type { ObjectReader } from "../../../platform/objects/types.ts";
import { MANIFEST_NAME, MOST_ENTRIES, MOST_MANIFEST_BYTES } from "../format.ts";
import { ArchiveRefused, refusal } from "./archiveFindings.ts";
import { type Container, cutShort, damaged, notAProjectFile, type PackedEntry } from "./packedEntry.ts";

const STORED = 0;
const DEFLATED = 8;
/** Small reads, such as of headers, are answered out of as much of the file. */
const WINDOW_BYTES = 256 * 1024;

/** Whether a file begins as a ZIP does. */
export function looksLikeZip(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;
}

/**
 * Project files of version 2. The directory at the end is believed only where it agrees with what it speaks of: entries
 * lie one after the other without sharing a byte, each with the header it should have.
 */
export async function zipContainer(reader: ObjectReader, signal: AbortSignal): Promise<Container> {
  const file = new ZipReader(reader);
  const archive = await file.guarded(() =>
    yauzl.fromRandomAccessReaderPromise(file, reader.size, {
      lazyEntries: true,
      autoClose: false,
      validateEntrySizes: true,
      strictFileNames: true,
    }),
  );
  const packed = await packedEntries(file, archive, signal);
  return {
    async manifest() {
      const entry = packed.find(({ name }) => name === MANIFEST_NAME);
      if (!entry) throw notAProjectFile(`it has no ${MANIFEST_NAME}`);
      if (entry.size > MOST_MANIFEST_BYTES) throw notAProjectFile(`its ${MANIFEST_NAME} is too large`);
      return Buffer.concat(await Array.fromAsync(entry.stream()));
    },
    async *entries() {
      yield* packed;
    },
  };
}

async function packedEntries(
  file: ZipReader,
  archive: yauzl.ZipFile,
  signal: AbortSignal,
): Promise<PackedEntry[]> {
  if (archive.entryCount > MOST_ENTRIES) {
    throw refusal({ code: "too_large", expected: `at most ${MOST_ENTRIES} entries` });
  }
  // Before the first entry is read: where the directory begins.
  const directoryAt = Number(archive.readEntryCursor);
  const listed = await file.guarded(() => Array.fromAsync(archive.eachEntry()));
  listed.sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  const packed: PackedEntry[] = [];
  for (const [i, entry] of listed.entries()) {
    signal.throwIfAborted();
    const end = listed[i + 1]?.relativeOffsetOfLocalHeader ?? directoryAt;
    const start = await dataStart(file, archive, entry, end);
    packed.push({
      name: entry.fileName,
      size: entry.uncompressedSize,
      start: entry.compressionMethod === STORED ? start : null,
      stream: () => unpacked(file, archive, entry),
    });
  }
  return packed;
}

async function dataStart(
  file: ZipReader,
  archive: yauzl.ZipFile,
  entry: yauzl.Entry,
  end: number,
): Promise<number> {
  const { fileName, compressedSize, compressionMethod } = entry;
  if (entry.isEncrypted() || (compressionMethod !== STORED && compressionMethod !== DEFLATED)) {
    throw damaged(`${fileName} is packed in a way that is not read.`, fileName);
  }
  const header = await file.guarded(() => archive.readLocalFileHeaderPromise(entry));
  if (header.fileName.toString() !== fileName || header.compressionMethod !== compressionMethod) {
    throw damaged(`The header of ${fileName} is not what the directory says.`, fileName);
  }
  if (header.fileDataStart + compressedSize > end) {
    throw damaged(`${fileName} reaches into what comes after it.`, fileName);
  }
  return header.fileDataStart;
}

async function* unpacked(
  file: ZipReader,
  archive: yauzl.ZipFile,
  entry: yauzl.Entry,
): AsyncGenerator<Uint8Array> {
  const stream = await file.guarded(() => archive.openReadStreamPromise(entry), entry.fileName);
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await file.guarded(() => iterator.next(), entry.fileName);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
  }
}

/** An object as the library reads it. */
class ZipReader extends yauzl.RandomAccessReader {
  readonly #reader: ObjectReader;
  #windowAt = 0;
  #window: Uint8Array = new Uint8Array(0);
  #failure: { readonly error: unknown } | undefined;

  constructor(reader: ObjectReader) {
    super();
    this.#reader = reader;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#bytes(start, end), { objectMode: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#fill(buffer.subarray(offset, offset + length), position).then(
      () => callback(null),
      (error: Error) => callback(error),
    );
  }

  /** Takes every complaint of the library for one about the file; failures of the store stay what they are. */
  async guarded<T>(work: () => Promise<T>, at?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (this.#failure) throw this.#failure.error;
      if (error instanceof ArchiveRefused || !(error instanceof Error)) throw error;
      throw damaged(`ZIP: ${error.message}`, at);
    }
  }

  async *#bytes(start: number, end: number): AsyncGenerator<Uint8Array> {
    if (end > this.#reader.size) throw cutShort();
    if (start === end) return;
    try {
      yield* this.#reader.stream(start, end);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  async #fill(into: Buffer, position: number): Promise<void> {
    if (position < 0 || position + into.length > this.#reader.size) throw cutShort();
    const isThere =
      position >= this.#windowAt && position + into.length <= this.#windowAt + this.#window.length;
    if (!isThere) await this.#load(position, Math.max(into.length, WINDOW_BYTES));
    const from = position - this.#windowAt;
    into.set(this.#window.subarray(from, from + into.length));
  }

  async #load(position: number, length: number): Promise<void> {
    try {
      this.#window = await this.#reader.read(position, Math.min(length, this.#reader.size - position));
      this.#windowAt = position;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}
