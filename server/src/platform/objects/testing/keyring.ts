import { createSecretKey } from "node:crypto";
import type { Keyring, MasterKey } from "../sealing/masterKey.ts";

/** Made-up keys, each of one repeated byte; the first seals. */
export function testKeyring(...ids: string[]): Keyring {
  const keys = ids.map((id): MasterKey => ({ id, key: createSecretKey(Buffer.alloc(32, id)) }));
  const [current] = keys;
  if (current === undefined) throw new RangeError("a keyring needs a key");
  return { current, byId: new Map(keys.map((key) => [key.id, key])) };
}
