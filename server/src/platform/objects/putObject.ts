import type { ObjectStore, PutOptions } from "./types.ts";

/** `put` in terms of `createWriter`: a source that fails leaves nothing. */
export async function putObject(
  store: Pick<ObjectStore, "createWriter">,
  key: string,
  source: AsyncIterable<Uint8Array>,
  options: PutOptions = {},
): Promise<{ size: number }> {
  const writer = await store.createWriter(key, options);
  let size = 0;
  try {
    for await (const bytes of source) {
      await writer.write(bytes);
      size += bytes.byteLength;
    }
    await writer.close();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return { size };
}
