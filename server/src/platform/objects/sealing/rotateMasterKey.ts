import { ObjectMissingError } from "../errors.ts";
import { masterKeyMarks } from "../openObjects.ts";
import type { SealedObjects } from "./sealedObjects.ts";

/**
 * Wraps every object under the current master key, after which the older ones can be taken out of the key file.
 * Every process must have been started with the new key before. Can be stopped and run again at any point.
 *
 * @returns How many objects were re-wrapped.
 */
export async function rotateMasterKey(objects: SealedObjects, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    const rewrapped = await rewrapAll(objects, signal);
    total += rewrapped;
    // What was written during a pass may have been missed by it; a pass that finds nothing is the last.
    if (rewrapped === 0) break;
  }
  for await (const mark of objects.list(masterKeyMarks)) {
    if (mark.key !== masterKeyMarks + objects.currentMasterKeyId) await objects.delete(mark.key);
  }
  return total;
}

async function rewrapAll(objects: SealedObjects, signal?: AbortSignal): Promise<number> {
  let rewrapped = 0;
  for await (const { key } of objects.list("")) {
    signal?.throwIfAborted();
    if (!key.startsWith(masterKeyMarks) && (await rewrapIfThere(objects, key))) rewrapped += 1;
  }
  return rewrapped;
}

async function rewrapIfThere(objects: SealedObjects, key: string): Promise<boolean> {
  try {
    return await objects.rewrap(key);
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof ObjectMissingError) return false;
    throw error;
  }
}
