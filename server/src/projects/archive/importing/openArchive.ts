import { createHash } from "node:crypto";
import type { ByteSource } from "@magtrace/series";
import { Errors } from "typebox/value";
import type { ObjectReader } from "../../../platform/objects/types.ts";
import {
  CHECKSUMS_NAME,
  FORMAT,
  isForPeople,
  MANIFEST_NAME,
  Manifest,
  MOST_DOCUMENT_BYTES,
  MOST_ENTRIES,
  VERSION,
} from "../format.ts";
import { refusal } from "./archiveFindings.ts";
import { isStorable } from "./isStorable.ts";
import { damaged, notAProjectFile, type PackedEntry } from "./packedEntry.ts";
import { tarContainer } from "./tarContainer.ts";
import { looksLikeZip, zipContainer } from "./zipContainer.ts";

interface Entry extends PackedEntry {
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
  /** Most unpacked bytes for each packed one. */
  readonly maxRatio: number;
}

/** Names of what may be in a file: no other, so none that leaves a folder it is unpacked to. */
const NAMES = [
  /^magtrace\.json$/,
  /^README\.md$/,
  /^SHA256SUMS$/,
  /^tables\/[a-z_]{1,40}\/\d{4,6}\.jsonl$/,
  /^objects\/[a-z]{1,20}(\/\d{1,16}){1,2}(\/[a-z0-9]+\.[a-z]{1,10})?$/,
  /^readable\/([a-z_]{1,20}\/)?[a-z0-9_]{1,40}\.[a-z]{1,10}$/,
];
/** What is there for people is not read into anything; of readings as text there are a few times as many bytes. */
const READABLE_SHARE = 4;
/** A few rows compress well. */
const FREE_BYTES = 8 * 1024 * 1024;
const HEAD_BYTES = 4;

/**
 * Reads a file from end to end once and holds it against its checksums.
 * @throws {ArchiveRefused} it is no project's file, of a newer form, or not whole.
 */
export async function openArchive(
  reader: ObjectReader,
  limits: ArchiveLimits,
  signal: AbortSignal,
): Promise<Archive> {
  if (reader.size > limits.mostBytes) throw tooLarge(reader.size, limits);
  const head = await reader.read(0, Math.min(HEAD_BYTES, reader.size));
  const container = looksLikeZip(head) ? await zipContainer(reader, signal) : tarContainer(reader);
  const manifest = readManifest(await container.manifest());
  const unpacking = new Unpacking(reader.size, limits);
  const entries = new Map<string, Entry>();
  for await (const packed of container.entries()) {
    signal.throwIfAborted();
    requireEntry(entries, packed);
    unpacking.add(packed);
    entries.set(packed.name, { ...packed, sha256: await hashOf(packed, signal) });
  }
  const archive = archiveOf(reader, entries);
  requireChecksums(entries, await archive.read(CHECKSUMS_NAME, MOST_DOCUMENT_BYTES));
  return { ...archive, manifest };
}

async function hashOf(packed: PackedEntry, signal: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of packed.stream()) {
    signal.throwIfAborted();
    hash.update(bytes);
  }
  return hash.digest("hex");
}

function requireEntry(entries: ReadonlyMap<string, Entry>, { name }: PackedEntry): void {
  if (!NAMES.some((form) => form.test(name)) || entries.has(name)) {
    const expected = "entries of a project's file, each once";
    throw refusal({ code: "unknown_entry", at: name, value: name, expected });
  }
  if (entries.size >= MOST_ENTRIES) {
    throw refusal({ code: "too_large", expected: `at most ${MOST_ENTRIES} entries` });
  }
}

/** What the entries so far come to, by the sizes they declare: one that is longer than it says is not read on. */
class Unpacking {
  readonly #packedBytes: number;
  readonly #limits: ArchiveLimits;
  #read = 0;
  #readable = 0;

  constructor(packedBytes: number, limits: ArchiveLimits) {
    this.#packedBytes = packedBytes;
    this.#limits = limits;
  }

  /** @throws {ArchiveRefused} that is more than may be unpacked. */
  add({ name, size }: PackedEntry): void {
    const { mostBytes, maxRatio } = this.#limits;
    if (isForPeople(name)) this.#readable += size;
    else this.#read += size;
    if (this.#read > mostBytes || this.#readable > READABLE_SHARE * mostBytes) {
      throw tooLarge(this.#read + this.#readable, this.#limits);
    }
    if (this.#read + this.#readable > FREE_BYTES + this.#packedBytes * maxRatio) {
      const expected = `at most ${maxRatio} unpacked bytes for each packed one (UPLOAD_MAX_RATIO)`;
      throw refusal({ code: "too_large", at: name, value: this.#read + this.#readable, expected });
    }
  }
}

function tooLarge(value: number, { mostBytes }: ArchiveLimits): Error {
  const expected = `at most ${mostBytes} bytes (UPLOAD_MAX_DECOMPRESSED_MIB)`;
  return refusal({ code: "too_large", value, expected });
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
      const { start, size, stream } = entryOf(name);
      if (size > most) {
        throw refusal({ code: "too_large", at: name, value: size, expected: `at most ${most} bytes` });
      }
      return start === null ? Buffer.concat(await Array.fromAsync(stream())) : reader.read(start, size);
    },
    stream: (name) => entryOf(name).stream(),
    open(name) {
      const { start, size } = entryOf(name);
      if (start === null) {
        const expected = "readings that are packed without compression, as MagTrace packs them";
        throw refusal({ code: "wrong_object", at: name, expected });
      }
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
