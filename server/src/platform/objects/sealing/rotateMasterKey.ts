import { ObjectDamagedError, ObjectMissingError } from "../errors.ts";
import type { NewObjectRow, ObjectRow, ObjectRows } from "../rows/objectRows.ts";
import type { ObjectStore } from "../types.ts";
import { removeOtherMarks } from "./masterKeyMarks.ts";
import { readHeader } from "./sealedHeader.ts";
import type { SealedObjectsParts } from "./sealedObjects.ts";
import { plainSize } from "./sealedSegments.ts";
import { unwrapDataKey, wrapDataKey } from "./wrappedKey.ts";

const rowsAtOnce = 500;
/** Whose objects are no data: see masterKeyMarks.ts. */
const marks = "master_keys/";

/**
 * Wraps every object's key under the current master key, after which the older ones can be taken out of the key file.
 * Touches rows alone: an object from before there were rows, whose key is in its header, gets a row. Every process must
 * have been started with the new key before. Can be stopped and run again at any point.
 *
 * @returns How many keys were wrapped anew.
 */
export async function rotateMasterKey(parts: SealedObjectsParts, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    const rewrapped = (await adoptHeaders(parts, signal)) + (await rewrapRows(parts, signal));
    total += rewrapped;
    // What was written during a pass may have been missed by it; a pass that finds nothing is the last.
    if (rewrapped === 0) break;
  }
  await removeOtherMarks(parts.inner, parts.keyring);
  return total;
}

async function rewrapRows({ rows, keyring }: SealedObjectsParts, signal?: AbortSignal): Promise<number> {
  const { current, byId } = keyring;
  let rewrapped = 0;
  for (let after = ""; ; ) {
    signal?.throwIfAborted();
    const page = await rows.wrappedByOthers(current.id, { after, limit: rowsAtOnce });
    const last = page.at(-1);
    if (last === undefined) return rewrapped;
    after = last.key;
    rewrapped += await rows.rewrap(
      page.map((row) => {
        const dataKey = unwrapDataKey(row.key, row, byId);
        const to = wrapDataKey(row.key, dataKey, { format: row.format, masterKey: current });
        return { key: row.key, from: row.masterKeyId, to };
      }),
    );
  }
}

/** Those sealed by the current key need no row: their header is as good. */
async function adoptHeaders(parts: SealedObjectsParts, signal?: AbortSignal): Promise<number> {
  let adopted = 0;
  let keys: string[] = [];
  const adoptAll = async () => {
    const known = new Set((await parts.rows.findAll(keys)).map(({ key }: ObjectRow) => key));
    for (const key of keys) {
      if (!known.has(key) && (await adoptIfThere(parts, key))) adopted += 1;
    }
    keys = [];
  };
  for await (const { key } of parts.inner.list("")) {
    signal?.throwIfAborted();
    if (!key.startsWith(marks) && keys.push(key) === rowsAtOnce) await adoptAll();
  }
  await adoptAll();
  return adopted;
}

async function adoptIfThere({ inner, rows, keyring }: SealedObjectsParts, key: string): Promise<boolean> {
  const row = await rowFromHeader({ inner, rows, keyring }, key);
  return row !== null && rows.adopt(row);
}

async function rowFromHeader(
  { inner, rows, keyring }: SealedObjectsParts,
  key: string,
): Promise<NewObjectRow | null> {
  let reader: Awaited<ReturnType<ObjectStore["open"]>>;
  try {
    reader = await inner.open(key);
  } catch (error) {
    // Deleted since it was listed.
    if (error instanceof ObjectMissingError) return null;
    throw error;
  }
  try {
    const { masterKeyId, ...dataKey } = await readHeader(reader, key, keyring.byId);
    if (masterKeyId === keyring.current.id) return null;
    const wrapped = wrapDataKey(key, dataKey, { format: 1, masterKey: keyring.current });
    return { key, size: plainSize(reader.size, 1), organizationId: null, ...wrapped };
  } catch (error) {
    // Written, and its row made or gone, since rows were looked at.
    if (error instanceof ObjectDamagedError && (await isElsewhere({ inner, rows }, key))) return null;
    throw error;
  } finally {
    await reader.close();
  }
}

async function isElsewhere(
  { inner, rows }: { inner: ObjectStore; rows: ObjectRows },
  key: string,
): Promise<boolean> {
  return (await rows.find(key)) !== undefined || !(await inner.exists(key));
}
