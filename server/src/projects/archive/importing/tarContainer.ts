import type { ObjectReader } from "../../../platform/objects/types.ts";
import { MANIFEST_NAME, MOST_MANIFEST_BYTES } from "../format.ts";
import { BLOCK_BYTES, decodeTarHeader, paddingOf, TAR_END, type TarEntry } from "../tarHeader.ts";
import { type Container, cutShort, damaged, notAProjectFile, type PackedEntry } from "./packedEntry.ts";

const LONGEST_END = 1024 * 1024;

/** Project files of version 1. */
export function tarContainer(reader: ObjectReader): Container {
  return { manifest: () => leadingManifest(reader), entries: () => tarEntries(reader) };
}

async function leadingManifest(reader: ObjectReader): Promise<Uint8Array> {
  const header = await headerAt(reader, 0);
  if (header?.name !== MANIFEST_NAME) {
    throw notAProjectFile(header ? `it begins with ${JSON.stringify(header.name)}` : "it is empty");
  }
  if (header.size > Math.min(MOST_MANIFEST_BYTES, reader.size - BLOCK_BYTES)) throw cutShort();
  return reader.read(BLOCK_BYTES, header.size);
}

async function* tarEntries(reader: ObjectReader): AsyncGenerator<PackedEntry> {
  let at = 0;
  for (;;) {
    const header = await headerAt(reader, at);
    if (header === null) break;
    const { name, size } = header;
    const start = at + BLOCK_BYTES;
    if (size + paddingOf(size) > reader.size - start) throw cutShort();
    yield { name, size, start, stream: () => reader.stream(start, start + size) };
    await requirePadding(reader, start + size, paddingOf(size));
    at = start + size + paddingOf(size);
  }
  await requireEnd(reader, at);
}

async function headerAt(reader: ObjectReader, at: number): Promise<TarEntry | null> {
  if (at + BLOCK_BYTES > reader.size) throw at === 0 ? notAProjectFile("it is too short") : cutShort();
  try {
    return decodeTarHeader(await reader.read(at, BLOCK_BYTES));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw at === 0 ? notAProjectFile(error.message) : damaged(`At byte ${at}: ${error.message}`);
  }
}

/** Not a byte of a file goes unread. */
async function requirePadding(reader: ObjectReader, at: number, length: number): Promise<void> {
  if (length === 0) return;
  const bytes = await reader.read(at, length);
  if (bytes.some((byte) => byte !== 0)) throw damaged(`There are bytes between its entries, at byte ${at}.`);
}

/** Empty blocks, as many as it likes, but nothing behind them. */
async function requireEnd(reader: ObjectReader, at: number): Promise<void> {
  const length = reader.size - at;
  if (length < TAR_END.length) throw cutShort();
  if (length > LONGEST_END) throw damaged("There are bytes after its end.");
  const end = await reader.read(at, length);
  if (end.some((byte) => byte !== 0)) throw damaged("There are bytes after its end.");
}
