import type { ObjectStore } from "./types.ts";

/** All bytes of an object, closed when they have been taken or nobody wants the rest. */
export async function* streamOf(store: ObjectStore, key: string): AsyncGenerator<Uint8Array> {
  const reader = await store.open(key);
  try {
    yield* reader.stream();
  } finally {
    await reader.close();
  }
}
