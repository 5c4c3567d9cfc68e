import { createHash } from "node:crypto";
import type { ByteSource } from "@magtrace/series";
import { Errors } from "typebox/value";
import type { ObjectReader } from "../../../platform/objects/types.ts";
import {
  CHECKSUMS_NAME,
  FORMAT,
  MANIFEST_NAME,
  Manifest,
  MOST_DOCUMENT_BYTES,
  MOST_ENTRIES,
  MOST_MANIFEST_BYTES,
  VERSION,
} from "../format.ts";
import { BLOCK_BYTES, decodeTarHeader, paddingOf, TAR_END, type TarEntry } from "../tarHeader.ts";
import { type Fault, refusal } from "./archiveFindings.ts";
import { isStorable } from "./isStorable.ts";

interface Entry {
  readonly start: number;
  readonly size: number;
  readonly sha256: string;
}

/** A project's file that is whole: every entry has the content it left with. What the content means is not known yet. */
export interface Archive {
  readonly manifest: Manifest;
  readonly entries: ReadonlyMap<string, Entry>;
  /** @throws {ArchiveRefused} where there is no such entry, or it is larger than `most`. */
  read(name: string, most: number): Promise<Uint8Array>;
  stream(name: string): AsyncIterable<Uint8Array>;
  open(name: string): ByteSource;
}

export interface ArchiveLimits {
  readonly mostBytes: number;
}

/** Names of what may be in a file: no other, so none that leaves a folder it is unpacked to. */
const NAMES = [
  /^magtrace\.json$/,
  /^SHA256SUMS$/,
  /^tables\/[a-z_]{1,40}\/\d{4,6}\.jsonl$/,
  /^objects\/[a-z]{1,20}(\/\d{1,16}){1,2}(\/[a-z0-9]+\.[a-z]{1,10})?$/,
];
const LONGEST_END = 1024 * 1024;

/**
 * Reads a file from end to end once and holds it against its checksums.
 * @throws {ArchiveRefused} it is no project's file, of a newer form, or not whole.
 */
export async function openArchive(
  reader: ObjectReader,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<Archive> {
  if (reader.size > limits.mostBytes) {
    throw refusal({
      code: "too_large",
      value: reader.size,
      expected: `at most ${limits.mostBytes} bytes (UPLOAD_MAX_DECOMPRESSED_MIB)`,
    });
  }
  // First, because a newer form may have other entries.
  const manifest = await leadingManifest(reader);
  const entries = await indexEntries(reader, signal);
  const archive = archiveOf(reader, entries);
  requireChecksums(entries, await archive.read(CHECKSUMS_NAME, MOST_DOCUMENT_BYTES));
  return { ...archive, manifest };
}

async function leadingManifest(reader: ObjectReader): Promise<Manifest> {
  const header = await headerAt(reader, 0);
  if (header?.name !== MANIFEST_NAME) {
    throw notAProjectFile(header ? `it begins with ${JSON.stringify(header.name)}` : "it is empty");
  }
  if (header.size > Math.min(MOST_MANIFEST_BYTES, reader.size - BLOCK_BYTES)) throw cutShort();
  return readManifest(await reader.read(BLOCK_BYTES, header.size));
}

async function indexEntries(reader: ObjectReader, signal: AbortSignal): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  let at = 0;
  for (;;) {
    signal.throwIfAborted();
    const header = await headerAt(reader, at);
    if (header === null) break;
    const { name, size } = header;
    requireEntry(entries, header, reader.size - at - BLOCK_BYTES);
    const start = at + BLOCK_BYTES;
    const hash = createHash("sha256");
    for await (const bytes of reader.stream(start, start + size)) {
      signal.throwIfAborted();
      hash.update(bytes);
    }
    entries.set(name, { start, size, sha256: hash.digest("hex") });
    await requirePadding(reader, start + size, paddingOf(size));
    at = start + size + paddingOf(size);
  }
  await requireEnd(reader, at);
  return entries;
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

function requireEntry(entries: ReadonlyMap<string, Entry>, { name, size }: TarEntry, left: number): void {
  if (!NAMES.some((form) => form.test(name)) || entries.has(name)) {
    const expected = "entries of a project's file, each once";
    throw refusal({ code: "unknown_entry", at: name, value: name, expected });
  }
  if (entries.size >= MOST_ENTRIES) {
    throw refusal({ code: "too_large", expected: `at most ${MOST_ENTRIES} entries` });
  }
  if (size + paddingOf(size) > left) throw cutShort();
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

function archiveOf(reader: ObjectReader, entries: ReadonlyMap<string, Entry>): Omit<Archive, "manifest"> {
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry) return entry;
    throw refusal({ code: "missing_entry", at: name, expected: `an entry ${name}` });
  };
  return {
    entries,
    async read(name, most) {
      const { start, size } = entryOf(name);
      if (size > most) {
        throw refusal({ code: "too_large", at: name, value: size, expected: `at most ${most} bytes` });
      }
      return reader.read(start, size);
    },
    stream(name) {
      const { start, size } = entryOf(name);
      return reader.stream(start, start + size);
    },
    open(name) {
      const { start, size } = entryOf(name);
      return {
        size,
        read: async (from, length) => {
          const most = Math.max(0, Math.min(length, size - from));
          if (from < 0 || most === 0) return new Uint8Array(0);
          return reader.read(start + from, most);
        },
      };
    },
  };
}

function readManifest(bytes: Uint8Array): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw notAProjectFile(`${MANIFEST_NAME} is not JSON`);
  }
  const { format, version } = (manifest ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT) throw notAProjectFile(`its format is ${JSON.stringify(format)}`);
  if (typeof version === "number" && version > VERSION) {
    throw refusal({
      code: "newer_format",
      at: MANIFEST_NAME,
      value: version,
      expected: `version ${VERSION} or older. A newer MagTrace wrote this file: update this one first`,
    });
  }
  const [fault] = Errors(Manifest, manifest);
  if (fault || !isStorable(manifest)) {
    const expected = fault ? `${fault.instancePath || "/"} ${fault.message}` : "text that can be stored";
    throw refusal({ code: "not_a_project_file", at: MANIFEST_NAME, expected });
  }
  return manifest as Manifest;
}

/** Every entry but the checksums themselves, each with the content it had. */
function requireChecksums(entries: ReadonlyMap<string, Entry>, bytes: Uint8Array): void {
  const declared = new Map<string, string>();
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    const [, sha256, name] = /^([0-9a-f]{64}) {2}(\S+)$/.exec(line) ?? [];
    if (sha256 !== undefined && name !== undefined) declared.set(name, sha256);
    else if (line !== "") throw damaged(`A line of ${CHECKSUMS_NAME} is none.`, CHECKSUMS_NAME);
  }
  for (const name of declared.keys()) {
    if (!entries.has(name)) throw refusal({ code: "missing_entry", at: name, expected: `an entry ${name}` });
  }
  for (const [name, { sha256 }] of entries) {
    if (name === CHECKSUMS_NAME || declared.get(name) === sha256) continue;
    throw damaged(`${name} is not what ${CHECKSUMS_NAME} says it was.`, name);
  }
}

function notAProjectFile(because: string): Error {
  return refusal({
    code: "not_a_project_file",
    expected: `a file that MagTrace exported (.magtrace.tar, not unpacked or packed anew): ${because}`,
  });
}

function cutShort(): Error {
  return damaged("It ends too early.");
}

function damaged(because: string, at?: string): Error {
  const fault: Fault = { code: "damaged_file", at, expected: `a file that is whole. ${because}` };
  return refusal(fault);
}
