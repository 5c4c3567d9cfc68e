import { setTimeout as sleep } from "node:timers/promises";
import { ObjectDamagedError, ObjectMissingError } from "../errors.ts";
import type { NewObjectRow, ObjectRow, ObjectRows } from "../rows/objectRows.ts";
import type { ObjectStore } from "../types.ts";
import { removeOtherMarks } from "./keyMarks.ts";
import { readHeader } from "./sealedHeader.ts";
import type { SealedObjectsParts } from "./sealedObjects.ts";
import { plainSize } from "./sealedSegments.ts";
import { unwrapDataKey, wrapDataKey } from "./wrappedKey.ts";

const rowsAtOnce = 500;
/** Whose objects are no data: see keyMarks.ts. */
const marks = "master_keys/";

/** A busy row is let go within moments. */
const busyPauseMs = 50;

export interface RotationOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told after each page how many keys were wrapped anew so far. */
  readonly onProgress?: (rewrapped: number) => void;
  /** Told of each key that no master key opens. The others are wrapped all the same. */
  readonly onUnreadable?: (error: ObjectDamagedError) => void;
}

/**
 * Wraps every object's key under the current master key, after which the older ones can be taken out of the key file.
 * Touches rows alone, each page in a statement of its own that waits for no lock; an object from before there were rows,
 * whose key is in its header, gets a row. Every process must have the new key before. Can be stopped or killed and run
 * again at any point: a row says itself what it is wrapped with.
 *
 * @returns How many keys were wrapped anew.
 * @throws ObjectDamagedError at the end, where a key cannot be opened: the older master keys go on being asked for.
 */
export async function rotateMasterKey(
  parts: SealedObjectsParts,
  { signal, onProgress, onUnreadable }: RotationOptions = {},
): Promise<number> {
  let total = await adoptHeaders(parts, signal);
  let unreadable: ObjectDamagedError | undefined;
  const seen = new Set<string>();
  const refuse = (error: ObjectDamagedError) => {
    if (!seen.has(error.key)) onUnreadable?.(error);
    seen.add(error.key);
    unreadable ??= error;
  };
  for (;;) {
    const pass = await rewrapRows(parts, { signal, refuse, onPage: (n) => onProgress?.(total + n) });
    total += pass.rewrapped;
    // What was written during a pass, or was busy, was missed by it; one that finds nothing to do is the last.
    if (pass.found === 0) break;
    if (pass.rewrapped < pass.found) await sleep(busyPauseMs, undefined, { signal });
  }
  if (unreadable !== undefined) throw unreadable;
  await removeOtherMarks(parts.inner, parts.keyring);
  return total;
}

/** One pass over the rows: how many were wrapped by another key and could be opened, and how many are done. */
async function rewrapRows(
  { rows, keyring }: SealedObjectsParts,
  {
    signal,
    refuse,
    onPage,
  }: {
    signal: AbortSignal | undefined;
    refuse: (error: ObjectDamagedError) => void;
    onPage: (rewrapped: number) => void;
  },
): Promise<{ found: number; rewrapped: number }> {
  const { current, byId } = keyring;
  const done = { found: 0, rewrapped: 0 };
  for (let after = ""; ; ) {
    signal?.throwIfAborted();
    const page = await rows.wrappedByOthers(current.id, { after, limit: rowsAtOnce });
    const last = page.at(-1);
    if (last === undefined) return done;
    after = last.key;
    const changes = page.flatMap((row) => {
      try {
        const dataKey = unwrapDataKey(row.key, row, byId);
        const to = wrapDataKey(row.key, dataKey, { format: row.format, masterKey: current });
        return [{ key: row.key, from: row.masterKeyId, to }];
      } catch (error) {
        if (!(error instanceof ObjectDamagedError)) throw error;
        refuse(error);
        return [];
      }
    });
    done.found += changes.length;
    done.rewrapped += changes.length === 0 ? 0 : await rows.rewrap(changes);
    onPage(done.rewrapped);
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
