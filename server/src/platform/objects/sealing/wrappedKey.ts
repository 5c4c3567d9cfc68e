import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { MasterKeyMissingError, ObjectDamagedError } from "../errors.ts";
import type { MasterKey } from "./masterKey.ts";

/**
 * 1: segments after a header of 128 bytes (sealedHeader.ts). 2: segments alone. Both have the same segments
 * (sealedSegments.ts).
 */
export type SealedFormat = 1 | 2;

/** What an object's segments are sealed with. */
export interface DataKey {
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
  /** 7 bytes, random. */
  readonly noncePrefix: Uint8Array;
}

/** A data key as it may lie in a database: useless without the master key. */
export interface WrappedKey {
  readonly format: SealedFormat;
  readonly masterKeyId: string;
  readonly noncePrefix: Uint8Array;
  /** Nonce (12) ‖ data key (32) ‖ tag (16) of AES-256-GCM. */
  readonly wrappedKey: Uint8Array;
}

const nonceBytes = 12;
const tagBytes = 16;
const wrappedBytes = nonceBytes + 32 + tagBytes;

/** Wraps a data key under a master key, bound to the object's key and format. Each call draws a new nonce. */
export function wrapDataKey(
  objectKey: string,
  { dataKey, noncePrefix }: DataKey,
  { format, masterKey }: { format: SealedFormat; masterKey: MasterKey },
): WrappedKey {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", masterKey.key, nonce);
  cipher.setAAD(wrapAad(objectKey, { format, masterKeyId: masterKey.id, noncePrefix }));
  const sealed = cipher.update(dataKey);
  cipher.final();
  const wrappedKey = Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
  return { format, masterKeyId: masterKey.id, noncePrefix, wrappedKey };
}

/** @throws ObjectDamagedError unless this key was wrapped for this object; MasterKeyMissingError. */
export function unwrapDataKey(
  objectKey: string,
  row: WrappedKey,
  masterKeys: ReadonlyMap<string, MasterKey>,
): DataKey {
  const masterKey = masterKeys.get(row.masterKeyId);
  if (masterKey === undefined) throw new MasterKeyMissingError(objectKey, row.masterKeyId);
  if (row.wrappedKey.byteLength !== wrappedBytes) throw new ObjectDamagedError(objectKey, "key_altered");
  const nonce = row.wrappedKey.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", masterKey.key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(wrapAad(objectKey, row));
  decipher.setAuthTag(row.wrappedKey.subarray(wrappedBytes - tagBytes));
  try {
    const dataKey = decipher.update(row.wrappedKey.subarray(nonceBytes, wrappedBytes - tagBytes));
    decipher.final();
    return { dataKey, noncePrefix: row.noncePrefix };
  } catch (error) {
    throw new ObjectDamagedError(objectKey, "key_altered", error);
  }
}

/** Of fixed lengths but for the two names, which cannot run into each other: neither has a NUL. */
function wrapAad(
  objectKey: string,
  { format, masterKeyId, noncePrefix }: Omit<WrappedKey, "wrappedKey">,
): Buffer {
  const head = Buffer.from(`magtrace object key\0${format}\0${masterKeyId}\0${objectKey}\0`, "utf8");
  return Buffer.concat([head, noncePrefix]);
}
