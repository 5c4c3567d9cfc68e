import { AppError } from "../errors.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest, OBJECTS } from "./backupStore.ts";
import { compressed, decompressed, Meter } from "./sealedStream.ts";

/** An object as it lies in a backup. */
export interface ListedObject {
  readonly key: string;
  /** What tells objects apart that had the same key one after the other: the prefix of the nonces it is sealed with. */
  readonly seal: string;
  /** Sealed bytes. */
  readonly size: number;
  /** Of the sealed bytes, hex. */
  readonly sha256: string;
}

export function backupKeyOf({ key, seal }: Pick<ListedObject, "key" | "seal">): string {
  return `${OBJECTS}${key}/${seal}`;
}

/** Writes a backup's list; returns the hash of what was written. */
export async function writeObjectList(
  store: ObjectStore,
  id: string,
  objects: readonly ListedObject[],
): Promise<string> {
  const meter = new Meter();
  await store.put(fileOf(id, "objects.zst"), meter.pass(compressed(linesOf(objects))));
  return meter.result().sha256;
}

async function* linesOf(objects: readonly ListedObject[]): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < objects.length; at += 1_000) {
    const lines = objects
      .slice(at, at + 1_000)
      .map(({ key, seal, size, sha256 }) => `${key} ${seal} ${size} ${sha256}\n`);
    yield Buffer.from(lines.join(""));
  }
}

/** @throws AppError damaged_object, after the last, unless the list is the one that the manifest speaks of. */
export async function* readObjectList(
  store: ObjectStore,
  { id, objects: { sha256 } }: Pick<Manifest, "id" | "objects">,
): AsyncGenerator<ListedObject> {
  const meter = new Meter();
  let rest = "";
  try {
    for await (const piece of decompressed(meter.pass(streamOf(store, fileOf(id, "objects.zst"))))) {
      const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield objectOf(line);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw damagedList(id, cause);
  }
  if (rest !== "" || meter.result().sha256 !== sha256) throw damagedList(id);
}

function objectOf(line: string): ListedObject {
  const [key = "", seal = "", size = "", sha256 = ""] = line.split(" ");
  return { key, seal, size: Number(size), sha256 };
}

function damagedList(id: string, cause?: unknown): AppError {
  return new AppError(
    "damaged_object",
    `The list of objects of the backup ${id} is damaged. Use another backup.`,
    { cause },
  );
}
