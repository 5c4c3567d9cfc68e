import { notFound } from "../../../access/policy.ts";
import { AppError } from "../../../errors.ts";
import type { ArchivedTable } from "../../../platform/archive/declaration.ts";
import type { ReadableFiles } from "../../../platform/archive/readable.ts";
import type { Made } from "../../../platform/byteThread/serveByteThread.ts";
import {
  type DatabaseAccess,
  inTransaction,
  type Transaction,
} from "../../../platform/database/transaction.ts";
import type { Deps } from "../../../platform/deps.ts";
import { ObjectMissingError } from "../../../platform/objects/errors.ts";
import type { ObjectStore } from "../../../platform/objects/types.ts";
import { findProject } from "../../queries.ts";
import {
  CHECKSUMS_NAME,
  checksumLine,
  FORMAT,
  MANIFEST_NAME,
  type Manifest,
  MOST_ENTRIES,
  README_NAME,
  readableName,
  VERSION,
} from "../format.ts";
import { againIfDamaged } from "../importing/againIfDamaged.ts";
import { openSpool, type PlannedEntry, type Spool } from "../importing/spool.ts";
import { exportTable, type WantedObject } from "./exportRows.ts";
import { LocalNumbers } from "./localNumbers.ts";
import { hashed, inPieces, readableFilesOf, readableSource } from "./readableEntries.ts";
import { readmeOf } from "./readme.ts";
import { addressesById, countUnfinished, idsOf } from "./rowQueries.ts";
import { type ZipEntry, zipBytes } from "./zipBytes.ts";

/** What a thread is asked for: the file of a project that the asker may export. */
export interface ProjectWanted {
  readonly projectId: number;
  /** Without a reading to be audited: whoever asks has seen to that. */
  readonly database: Omit<DatabaseAccess, "ticket">;
  /** As the database made it: what makes new ones stays on the asker's thread. */
  readonly ticket: string;
  readonly parts: WantedParts;
}

/** What may be left out of a file. */
export interface WantedParts {
  /** The files as they were uploaded. */
  readonly originals: boolean;
  /** What people and other programs read. */
  readonly readable: boolean;
}

/** What a project consists of, as its domains declare it. */
export interface ProjectParts {
  readonly tables: readonly ArchivedTable[];
  readonly readable: readonly ReadableFiles[];
}

/** What is known of a project's file before it is sent: everything but the objects' content. */
export interface ProjectFile {
  readonly filename: string;
}

interface Gathered {
  readonly manifest: Manifest;
  readonly wanted: readonly WantedObject[];
}

/**
 * Gathers a project as it is at one moment. Rows are read in one transaction, which has ended when this returns; the
 * objects they speak of never change and are read while the file is sent. Runs on a thread of its own.
 */
export async function makeProjectFile(deps: Deps, parts: ProjectParts, wanted: ProjectWanted): Promise<Made> {
  return againIfDamaged(() => makeOnce(deps, parts, wanted));
}

async function makeOnce(
  { db, objects, config }: Deps,
  { tables, readable }: ProjectParts,
  { projectId, database, ticket, parts }: ProjectWanted,
): Promise<Made> {
  const spool = await openSpool(objects);
  try {
    const exportedAt = new Date();
    const { manifest, wanted } = await inTransaction(
      db,
      { ...database, ticket: () => ticket },
      async (tx) => {
        await tx.readOnlySnapshot();
        const origin = { program_version: config.version, exported_at: exportedAt.toISOString() };
        return gather(tx, tables, { projectId, spool, objects, origin, parts });
      },
    );
    await spool.add(MANIFEST_NAME, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    await spool.close();
    const rowEntries = [spool.entries.at(-1)!, ...spool.entries.slice(0, -1)];
    const entries = [...rowEntries, ...(await planned(objects, wanted))];
    const files = await readableFilesOf(parts.readable ? readable : [], readableSource(objects, entries));
    const readme: ZipEntry = {
      name: README_NAME,
      compress: true,
      content: () => inPieces(later(() => readmeOf(manifest, files))),
    };
    const [first, ...others] = entries.map((entry) => zipEntry(objects, entry));
    const readableEntries = files.map(({ name, content }): ZipEntry => {
      return { name: readableName(name), compress: true, content: () => inPieces(content()) };
    });
    const all = [first!, readme, ...others, ...readableEntries];
    if (all.length >= MOST_ENTRIES) {
      throw new AppError("too_large", `A project's file holds at most ${MOST_ENTRIES} entries.`);
    }
    const head: ProjectFile = { filename: `${manifest.project.name}.magtrace.zip` };
    return {
      head,
      pieces: zipBytes(withChecksums(all), exportedAt),
      end: () => objects.delete(spool.key),
    };
  } catch (error) {
    await spool.abort();
    await objects.delete(spool.key);
    throw error;
  }
}

interface Gathering {
  readonly projectId: number;
  readonly spool: Spool;
  readonly objects: ObjectStore;
  readonly origin: Pick<Manifest, "program_version" | "exported_at">;
  readonly parts: WantedParts;
}

async function gather(
  tx: Transaction,
  tables: readonly ArchivedTable[],
  { projectId, spool, objects, origin, parts }: Gathering,
): Promise<Gathered> {
  const project = await findProject(tx, projectId);
  if (!project) throw notFound("project");
  const ids = new Map<string, Float64Array>();
  for (const table of tables) {
    if ("id" in table.columns) ids.set(table.name, await idsOf(tx, table, projectId));
  }
  const wanted: WantedObject[] = [];
  const rowExport = {
    projectId,
    numbers: new LocalNumbers(ids),
    people: await addressesById(tx),
    spool,
    readObject: (key: string) => readWhole(objects, key),
    wanted,
    withOriginals: parts.originals,
  };
  const counts: Record<string, number> = {};
  const unfinished: Record<string, number> = {};
  for (const table of tables) {
    counts[table.name] = await exportTable(tx, table, rowExport);
    const left = await countUnfinished(tx, table, projectId);
    if (left > 0) unfinished[table.name] = left;
  }
  const { name, description, settings } = project;
  return {
    wanted,
    manifest: {
      format: FORMAT,
      version: VERSION,
      ...origin,
      project: { name, description, settings },
      tables: counts,
      unfinished,
    },
  };
}

async function readWhole(objects: ObjectStore, key: string): Promise<Uint8Array> {
  const reader = await objects.open(key).catch(missing);
  try {
    return await reader.read(0, reader.size);
  } finally {
    await reader.close();
  }
}

/** Opened once before anything is sent: a missing object is answered with a status, not with half a file. */
async function planned(objects: ObjectStore, wanted: readonly WantedObject[]): Promise<PlannedEntry[]> {
  const entries: PlannedEntry[] = [];
  for (const { name, key } of wanted) {
    const reader = await objects.open(key).catch(missing);
    entries.push({ name, key, start: 0, size: reader.size });
    await reader.close();
  }
  return entries;
}

function missing(error: unknown): never {
  if (!(error instanceof ObjectMissingError)) throw error;
  throw new AppError(
    "damaged_object",
    "A stored file of this project is missing, so the project cannot be exported whole. Restore it from a backup.",
    { cause: error },
  );
}

/** Objects as they are, so that an import can read any part of them; rows, which are text, compressed. */
function zipEntry(objects: ObjectStore, entry: PlannedEntry): ZipEntry {
  const compress = !entry.name.startsWith("objects/") || entry.name.startsWith("objects/originals/");
  return { name: entry.name, compress, content: () => contentOf(objects, entry) };
}

/** Every entry, and at last what their hashes were. */
function* withChecksums(entries: readonly ZipEntry[]): Generator<ZipEntry> {
  let checksums = "";
  for (const { name, compress, content } of entries) {
    const note = (sha256: string) => {
      checksums += checksumLine(name, sha256);
    };
    yield { name, compress, content: () => hashed(content(), note) };
  }
  yield { name: CHECKSUMS_NAME, compress: true, content: () => inPieces(later(() => checksums)) };
}

async function* later(text: () => string): AsyncGenerator<string> {
  yield text();
}

async function* contentOf(
  objects: ObjectStore,
  { key, start, size }: PlannedEntry,
): AsyncGenerator<Uint8Array> {
  const reader = await objects.open(key);
  try {
    yield* reader.stream(start, start + size);
  } finally {
    await reader.close();
  }
}
