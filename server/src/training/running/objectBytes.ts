import type { ObjectStore, PutOptions } from "../../platform/objects/types.ts";

/** A whole small object. */
export async function readObject(objects: ObjectStore, key: string): Promise<Uint8Array> {
  const reader = await objects.open(key);
  try {
    return await reader.read(0, reader.size);
  } finally {
    await reader.close();
  }
}

export async function writeObject(
  objects: ObjectStore,
  key: string,
  bytes: Uint8Array,
  options: PutOptions = {},
): Promise<void> {
  await objects.put(key, onePiece(bytes), options);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
