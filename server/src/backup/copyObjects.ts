import { eachAtOnce } from "../platform/eachAtOnce.ts";
import { ObjectMissingError } from "../platform/objects/errors.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { listBackups, OBJECTS } from "./backupStore.ts";
import { backupKeyOf, type ListedObject, readObjectList } from "./objectList.ts";
import { Meter } from "./sealedStream.ts";

const COPIES_AT_ONCE = 4;

/** An object that a backup has to hold. */
export type PlannedObject = Pick<ListedObject, "key" | "seal">;

export interface CopiedObjects {
  /** In order of key. */
  readonly objects: readonly ListedObject[];
  readonly copied: number;
  readonly copiedBytes: number;
  readonly missing: readonly string[];
}

/**
 * Copies to `target`, sealed as they are, the objects that no good backup has there yet. Costs some 300 bytes of memory
 * an object.
 */
export async function copyObjects(
  source: ObjectStore,
  target: ObjectStore,
  planned: readonly PlannedObject[],
): Promise<CopiedObjects> {
  const there = await objectsThere(target);
  const known = await knownObjects(target, there);
  const objects: ListedObject[] = [];
  const missing: string[] = [];
  let copied = 0;
  let copiedBytes = 0;
  await eachAtOnce(planned, COPIES_AT_ONCE, async (object) => {
    const backupKey = backupKeyOf(object);
    const kept = known.get(backupKey);
    if (kept !== undefined) {
      objects.push({ ...object, ...kept });
      return;
    }
    // Of a backup that did not end, or of another size than it should have: nobody has vouched for it.
    if (there.has(backupKey)) await target.delete(backupKey);
    const measured = await copyOne(source, target, object);
    if (measured === null) {
      missing.push(object.key);
      return;
    }
    objects.push({ ...object, size: measured.bytes, sha256: measured.sha256 });
    copied += 1;
    copiedBytes += measured.bytes;
  });
  objects.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { objects, copied, copiedBytes, missing: missing.sort() };
}

async function objectsThere(target: ObjectStore): Promise<Map<string, number>> {
  const there = new Map<string, number>();
  for await (const { key, size } of target.list(OBJECTS)) there.set(key, size);
  return there;
}

/** Those of good backups that are there, and as long as they should be. */
async function knownObjects(
  target: ObjectStore,
  there: ReadonlyMap<string, number>,
): Promise<Map<string, { size: number; sha256: string }>> {
  const known = new Map<string, { size: number; sha256: string }>();
  for (const { manifest } of (await listBackups(target)).toReversed()) {
    if (manifest === null) continue;
    for await (const { size, sha256, ...object } of readObjectList(target, manifest)) {
      const key = backupKeyOf(object);
      if (there.get(key) === size && !known.has(key)) known.set(key, { size, sha256 });
    }
    if (known.size === there.size) break;
  }
  return known;
}

/** Null where it is not there. */
async function copyOne(source: ObjectStore, target: ObjectStore, object: PlannedObject) {
  const meter = new Meter();
  let reader: Awaited<ReturnType<ObjectStore["open"]>>;
  try {
    reader = await source.open(object.key);
  } catch (error) {
    if (error instanceof ObjectMissingError) return null;
    throw error;
  }
  try {
    await target.put(backupKeyOf(object), meter.pass(reader.stream()));
  } finally {
    await reader.close();
  }
  return meter.result();
}
