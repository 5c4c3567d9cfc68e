import { Readable } from "node:stream";
import type { ByteSource } from "@magtrace/series";
import { readExactly } from "@magtrace/series/withoutArrow";
import yauzl from "yauzl";
import { peekBytes } from "../../byteStream.ts";
import { type FindingInput, printable, RefusedFile, UndecidedFile } from "../../findings.ts";
import type { RowBlock } from "../../text/rowBlock.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { IngestRequest } from "../../types.ts";
import { UnpackingLimit } from "../../unpackingLimit.ts";
import type { FormatInput, FormatReader } from "../formatReader.ts";
import { joinPlaces, withoutJoined } from "../places/joinPlaces.ts";
import { fixesOf, folderOf, locationBeside } from "./locationFile.ts";
import { startedAt, timeFileBeside } from "./phyphoxStart.ts";
import { pickMember } from "./pickMember.ts";

/** Apps write a dozen. Each has a name that is held in memory. */
const MAX_MEMBERS = 2000;
const READ_BYTES = 256 * 1024;
/** Of a member, to see what columns it has. */
const HEAD_BYTES = 8 * 1024;

/**
 * A ZIP archive of which one member is read, as phyphox and Sensor Logger export them.
 * Source: PKWARE, .ZIP File Format Specification (APPNOTE.TXT).
 */
export const zip: FormatReader = {
  format: "zip",
  claims: (head) => head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04,
  open,
};

async function open({ source, request, openWithin }: FormatInput): Promise<TableInput> {
  if (source === null) {
    throw new RefusedFile({
      code: "not_supported",
      value: "a ZIP archive within another file",
      expected: "a file packed once",
    });
  }
  const file = new SourceReader(source);
  const { member, ...mapping } = request.mapping ?? {};
  const { archive, entries } = await safely(file, () => entriesOf(file));
  const names = entries.map(({ fileName }) => fileName);
  const { onProgress: _progress, ...quiet } = request;
  // Only the first reading of the readings makes progress; others look something up.
  const lookUp = (name: string): AsyncIterable<Uint8Array> => unpacked(file, archive, entryOf(name), quiet);
  const entryOf = (name: string): yauzl.Entry => entries.find(({ fileName }) => fileName === name)!;
  const picked = await pickMember(names, member, async (name) => {
    if (entryOf(name).isEncrypted()) return "";
    const { head } = await peekBytes(lookUp(name), HEAD_BYTES);
    return Buffer.from(head.subarray(0, HEAD_BYTES)).toString();
  });
  const entry = entryOf(picked.name);
  if (entry.isEncrypted()) {
    const expected = "an archive without a password";
    throw new RefusedFile({ code: "not_supported", value: picked.name, expected });
  }
  const { mapping: _, ...rest } = request;
  const own = withoutJoined(mapping);
  const within: IngestRequest =
    own === undefined || Object.keys(own).length === 0 ? rest : { ...rest, mapping: own };
  let read = false;
  const reopen = (): AsyncIterable<Uint8Array> => {
    const bytes = unpacked(file, archive, entry, read ? quiet : request);
    read = true;
    return bytes;
  };
  const readings = await inMember(picked.name, () =>
    openWithin({ reopen, likelyBytes: entry.uncompressedSize, request: within }),
  );
  const location = locationBeside(names, picked.name);
  const placed =
    location === null || entryOf(location).isEncrypted()
      ? readings
      : joinPlaces(readings, await fixesOf(lookUp(location), readings.time), location, mapping);
  const timeFile = timeFileBeside(names, folderOf(picked.name));
  const table = timeFile === null ? placed : await startedAt(placed, lookUp(timeFile));
  return {
    ...table,
    blocks: blocksInMember(picked.name, table.blocks),
    get assumptions() {
      return [...picked.assumptions, ...table.assumptions];
    },
    get notes() {
      return table.notes;
    },
  };
}

const namingMember = (finding: FindingInput, name: string): FindingInput => ({
  ...finding,
  expected: `${finding.expected} (in "${printable(name)}" of the archive)`,
});

/** What is wrong with a member is said with its name. */
async function inMember<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw error;
    const findings = error.findings.map((finding) => namingMember(finding, name));
    throw error.questions.length > 0
      ? new UndecidedFile(error.questions, findings)
      : new RefusedFile(...findings);
  }
}

async function* blocksInMember(name: string, blocks: AsyncIterable<RowBlock>): AsyncGenerator<RowBlock> {
  const iterator = blocks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await inMember(name, () => iterator.next());
      if (next.done) return;
      const { findings } = next.value;
      yield findings.length === 0
        ? next.value
        : { ...next.value, findings: findings.map((finding) => namingMember(finding, name)) };
    }
  } finally {
    await iterator.return?.();
  }
}

async function entriesOf(file: SourceReader): Promise<{ archive: yauzl.ZipFile; entries: yauzl.Entry[] }> {
  const archive = await yauzl.fromRandomAccessReaderPromise(file, file.size, {
    lazyEntries: true,
    autoClose: false,
    validateEntrySizes: true,
  });
  const entries: yauzl.Entry[] = [];
  if (archive.entryCount > MAX_MEMBERS)
    throw new RangeError(`${archive.entryCount} members, at most ${MAX_MEMBERS}`);
  for await (const entry of archive.eachEntry()) {
    entries.push(entry);
    if (entries.length > MAX_MEMBERS) throw new RangeError(`more than ${MAX_MEMBERS} members`);
  }
  return { archive, entries };
}

async function* unpacked(
  file: SourceReader,
  archive: yauzl.ZipFile,
  entry: yauzl.Entry,
  request: IngestRequest,
): AsyncGenerator<Uint8Array> {
  const limit = new UnpackingLimit(file.size, request.limits);
  const stream = await safely(file, () => archive.openReadStreamPromise(entry));
  let total = 0;
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await safely(file, () => iterator.next());
      if (next.done) return;
      limit.addBytes(next.value.length);
      total += next.value.length;
      yield next.value;
      request.onProgress?.(Math.min(1, total / Math.max(1, entry.uncompressedSize)));
    }
  } finally {
    stream.destroy();
    await file.settled();
  }
}

/** Takes every complaint of the library for one about the archive; failures of the source stay what they are. */
async function safely<T>(file: SourceReader, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (file.failed) throw file.failure;
    if (error instanceof RefusedFile || !(error instanceof Error)) throw error;
    const expected = "a whole ZIP archive; this one is damaged, cut short, or of a kind that is not read";
    throw new RefusedFile({ code: "damaged_file", value: `ZIP: ${error.message}`, expected });
  }
}

/** A source as the library wants it; remembers whether it was the source that failed. */
class SourceReader extends yauzl.RandomAccessReader {
  readonly #source: ByteSource;
  #inFlight: Promise<unknown> = Promise.resolve();
  failed = false;
  failure: unknown;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  get size(): number {
    return this.#source.size;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const pieces = async function* (this: SourceReader): AsyncGenerator<Uint8Array> {
      for (let at = start; at < end; at += READ_BYTES) {
        const bytes = new Uint8Array(Math.min(READ_BYTES, end - at));
        await this.#read(at, bytes);
        yield bytes;
      }
    };
    return Readable.from(pieces.call(this), { objectMode: false });
  }

  /** Fulfilled when no read is under way. */
  async settled(): Promise<void> {
    await this.#inFlight;
  }

  async #read(at: number, into: Uint8Array): Promise<void> {
    if (at + into.length > this.size) throw new RangeError(`${into.length} bytes at ${at} of ${this.size}`);
    const reading = readExactly(this.#source, at, into);
    this.#inFlight = reading.catch((error) => {
      this.failed = true;
      this.failure = error;
    });
    await reading;
  }
}
