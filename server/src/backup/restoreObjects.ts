import type pg from "pg";
import { AppError } from "../errors.ts";
import { copyIn } from "../platform/database/copyRows.ts";
import { eachAtOnce } from "../platform/eachAtOnce.ts";
import { ObjectExistsError } from "../platform/objects/errors.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import type { Manifest } from "./backupStore.ts";
import { backupKeyOf, type ListedObject, readObjectList } from "./objectList.ts";
import { Meter } from "./sealedStream.ts";

const COPIES_AT_ONCE = 4;
/** By these a wrong master key is known; one for the same key has other bytes each time it is made. */
const MARKS = "master_keys/";

export interface RestoredObjects {
  readonly copied: number;
  readonly bytes: number;
  /** There already, with the same bytes. */
  readonly present: number;
}

export interface ObjectRestore {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  /** Where objects lie as they are stored, sealed. */
  readonly inner: ObjectStore;
}

/**
 * Puts back the objects that the restored rows speak of, and leaves no row of any other. An object that is there
 * already with the same bytes stays, so that a restore that was cut short goes on where it was.
 * @throws AppError damaged_object, or conflict where another object has the key.
 */
export async function restoreObjects(
  client: pg.ClientBase,
  { store, manifest, inner }: ObjectRestore,
): Promise<RestoredObjects> {
  const { rows } = await client.query<{ place: string }>("SELECT place FROM magtrace.referenced_objects()");
  const places = new Set(rows.map(({ place }) => place));
  const isWanted = ({ key }: ListedObject) =>
    places.has(key) || places.has(key.slice(0, key.lastIndexOf("/") + 1)) || key.startsWith(MARKS);
  const keys: string[] = [];
  let copied = 0;
  let bytes = 0;
  let present = 0;
  await eachAtOnce(readObjectList(store, manifest), COPIES_AT_ONCE, async (object) => {
    if (!isWanted(object)) return;
    keys.push(object.key);
    if (await restoreOne(store, inner, object)) {
      copied += 1;
      bytes += object.size;
    } else {
      present += 1;
    }
  });
  await client.query(
    'CREATE TEMPORARY TABLE restored_keys (key text COLLATE "C" PRIMARY KEY) ON COMMIT DROP',
  );
  await copyIn(client, "COPY restored_keys FROM STDIN", linesOfKeys(keys));
  await client.query("DELETE FROM objects.stored WHERE key NOT IN (SELECT key FROM restored_keys)");
  // The trigger that counts is off meanwhile.
  await client.query("TRUNCATE objects.usage");
  await client.query(
    `INSERT INTO objects.usage (organization_id, bytes) SELECT organization_id, sum(size) FROM objects.stored
     WHERE state = 'committed' AND size > 0 AND organization_id IS NOT NULL GROUP BY 1`,
  );
  // Where objects were moved to is a matter of the installation that was.
  await client.query("TRUNCATE objects.place, objects.moved");
  return { copied, bytes, present };
}

async function* linesOfKeys(keys: readonly string[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < keys.length; at += 1_000) {
    yield Buffer.from(`${keys.slice(at, at + 1_000).join("\n")}\n`);
  }
}

/** False where it is there already. */
async function restoreOne(store: ObjectStore, inner: ObjectStore, object: ListedObject): Promise<boolean> {
  if (await inner.exists(object.key)) {
    if (!object.key.startsWith(MARKS)) await requireSame(inner, object);
    return false;
  }
  const meter = new Meter();
  const writer = await inner.createWriter(object.key);
  try {
    for await (const piece of meter.pass(streamOf(store, backupKeyOf(object)))) await writer.write(piece);
    if (meter.result().sha256 !== object.sha256) throw damaged(object);
    await writer.close();
    return true;
  } catch (error) {
    await writer.abort();
    if (!(error instanceof ObjectExistsError)) throw error;
    await requireSame(inner, object);
    return false;
  }
}

async function requireSame(inner: ObjectStore, object: ListedObject): Promise<void> {
  const meter = new Meter();
  for await (const _ of meter.pass(streamOf(inner, object.key)));
  if (meter.result().sha256 === object.sha256) return;
  const message =
    "Where objects are to be restored there is another one under the same key. Restore to an empty place.";
  throw new AppError("conflict", message, { details: { key: object.key } });
}

export function damaged({ key }: ListedObject): AppError {
  const message = "An object in this backup is damaged. Use another backup.";
  return new AppError("damaged_object", message, { details: { key } });
}
