import { createHash } from "node:crypto";
import { AppError } from "../../../errors.ts";
import { eachAtOnce } from "../../eachAtOnce.ts";
import { ObjectExistsError, ObjectMissingError } from "../errors.ts";
import type { ObjectRows } from "../rows/objectRows.ts";
import type { ObjectEntry, ObjectStore } from "../types.ts";
import type { Place } from "./placedObjects.ts";
import type { MoveRecord } from "./queries.ts";

const KEYS_AT_ONCE = 500;
const COPIES_AT_ONCE = 4;

export interface Move {
  readonly sources: readonly Place[];
  readonly target: Place;
  readonly record: MoveRecord;
  readonly rows: Pick<ObjectRows, "findAll">;
  readonly onProgress?: (moved: MoveReport) => void;
}

export interface MoveReport {
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Copies every object to the target, as it is, sealed, and reads each copy back. Nothing is taken from the sources.
 * From the first statement on everybody writes to the target, so that one more pass finds what was written to the old
 * place meanwhile. Killed at any point, it goes on where it was: what was found right is in the database.
 */
export async function moveObjects(move: Move): Promise<MoveReport> {
  await move.record.begin(move.target.name);
  const total = { objects: 0, bytes: 0 };
  for (;;) {
    let found = 0;
    for (const source of move.sources) {
      for await (const entries of pagesOf(source.store)) {
        const copied = await copyAll(move, source.store, entries);
        for (const { bytes } of copied) {
          total.objects += 1;
          total.bytes += bytes;
        }
        found += copied.length;
        if (copied.length > 0) move.onProgress?.({ ...total });
      }
    }
    if (found === 0) return total;
  }
}

/** Takes from the sources what was found right in the target. */
export async function deleteMoved({ sources, target, record }: Move): Promise<number> {
  let deleted = 0;
  for (const { store } of sources) {
    for await (const entries of pagesOf(store)) {
      const moved = await record.moved(entries.map(({ key }) => key));
      for (const { key } of entries) {
        if (!moved.has(key) || !(await target.store.exists(key))) continue;
        await store.delete(key);
        deleted += 1;
      }
    }
  }
  return deleted;
}

async function* pagesOf(store: ObjectStore): AsyncGenerator<ObjectEntry[]> {
  let page: ObjectEntry[] = [];
  for await (const entry of store.list("")) {
    if (page.push(entry) < KEYS_AT_ONCE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function copyAll(move: Move, source: ObjectStore, entries: readonly ObjectEntry[]) {
  const keys = entries.map(({ key }) => key);
  const moved = await move.record.moved(keys);
  const owners = new Map((await move.rows.findAll(keys)).map((row) => [row.key, row.organizationId]));
  const waiting = keys.filter((key) => !moved.has(key));
  const copied: { bytes: number }[] = [];
  await eachAtOnce(waiting, COPIES_AT_ONCE, async (key) => {
    const bytes = await copyOne(move, source, { key, organizationId: owners.get(key) ?? undefined });
    if (bytes !== null) copied.push({ bytes });
  });
  return copied;
}

/** Null where it was deleted meanwhile. */
async function copyOne(
  { target, record }: Move,
  source: ObjectStore,
  { key, organizationId }: { key: string; organizationId: number | undefined },
): Promise<number | null> {
  let original: Hashed;
  try {
    original = await hashOf(source, key, async (pieces) => {
      const options = organizationId === undefined ? {} : { organizationId };
      await target.store.put(key, pieces, options);
    });
  } catch (error) {
    if (error instanceof ObjectMissingError) return null;
    if (!(error instanceof ObjectExistsError)) throw error;
    // Copied before, and killed before that was written down.
    original = await hashOf(source, key);
  }
  const copy = await hashOf(target.store, key).catch(missingAsNull);
  // Deleted while it was copied: the copy would come back to life. See PlacedObjects.delete. What another such command
  // moved and took from the source is no longer there either, and its copy is all there is.
  if (!(await source.exists(key))) {
    if (!(await record.moved([key])).has(key)) await target.store.delete(key);
    return null;
  }
  if (copy === null || !copy.sha256.equals(original.sha256)) {
    const message = "A copy differs from its original. Look at both; nothing was deleted.";
    throw new AppError("damaged_object", message, { details: { key } });
  }
  await record.record(key, original.sha256);
  return original.bytes;
}

interface Hashed {
  readonly sha256: Buffer;
  readonly bytes: number;
}

/** Of one object, read by `use`, or only read. */
async function hashOf(
  store: ObjectStore,
  key: string,
  use: (pieces: AsyncIterable<Uint8Array>) => Promise<void> = drain,
): Promise<Hashed> {
  const hash = createHash("sha256");
  let bytes = 0;
  const reader = await store.open(key);
  async function* pieces() {
    for await (const piece of reader.stream()) {
      hash.update(piece);
      bytes += piece.byteLength;
      yield piece;
    }
  }
  try {
    await use(pieces());
  } finally {
    await reader.close();
  }
  return { sha256: hash.digest(), bytes };
}

async function drain(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of pieces);
}

function missingAsNull(error: unknown): null {
  if (error instanceof ObjectMissingError) return null;
  throw error;
}
