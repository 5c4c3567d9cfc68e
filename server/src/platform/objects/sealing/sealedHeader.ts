import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { type DamageReason, MasterKeyMissingError, ObjectDamagedError } from "../errors.ts";
import type { ObjectReader } from "../types.ts";
import type { MasterKey } from "./masterKey.ts";
import type { DataKey } from "./wrappedKey.ts";

/**
 * The first 128 bytes of an object of format 1, as all were before their keys lay in rows. Only the marks of master
 * keys (keyMarks.ts) are still written so:
 *
 *   0    8  "MTSEALED"
 *   8    1  version, 1
 *   9    1  length of the master key's id
 *   10  32  that id in ASCII, zero-padded
 *   42   7  nonce prefix of the segments, random
 *   49   7  zero
 *   56  12  nonce of the wrapping, random
 *   68  32  data key, wrapped by the master key with AES-256-GCM
 *   100 16  tag of the wrapping; its associated data is bytes 0–55 followed by the object's key
 *   116 12  zero
 *
 * Every byte is either authenticated or required to be zero.
 */
export const headerBytes = 128;

const magic = Buffer.from("MTSEALED", "ascii");
const version = 1;
const longestKeyId = 32;
const authenticatedBytes = 56;
const at = {
  version: 8,
  idLength: 9,
  id: 10,
  noncePrefix: 42,
  reserved: 49,
  wrapNonce: 56,
  wrapped: 68,
  tag: 100,
  end: 116,
};

/** @throws ObjectDamagedError where there is no such header, or not of this object. */
export async function readHeader(
  inner: ObjectReader,
  objectKey: string,
  masterKeys: ReadonlyMap<string, MasterKey>,
): Promise<SealedHeader> {
  if (inner.size < headerBytes) throw new ObjectDamagedError(objectKey, "not_sealed");
  return decodeHeader(objectKey, await inner.read(0, headerBytes), masterKeys);
}

export interface SealedHeader extends DataKey {
  readonly masterKeyId: string;
}

/** Wraps the data key under the master key, bound to the object's key. Each call draws a new nonce. */
export function encodeHeader(objectKey: string, header: DataKey, masterKey: MasterKey): Uint8Array {
  const id = Buffer.from(masterKey.id, "ascii");
  if (id.byteLength === 0 || id.byteLength > longestKeyId)
    throw new RangeError(`master key id of ${id.byteLength} bytes`);
  const bytes = Buffer.alloc(headerBytes);
  magic.copy(bytes, 0);
  bytes[at.version] = version;
  bytes[at.idLength] = id.byteLength;
  id.copy(bytes, at.id);
  bytes.set(header.noncePrefix, at.noncePrefix);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", masterKey.key, nonce);
  cipher.setAAD(wrapAad(bytes, objectKey));
  bytes.set(nonce, at.wrapNonce);
  bytes.set(cipher.update(header.dataKey), at.wrapped);
  cipher.final();
  bytes.set(cipher.getAuthTag(), at.tag);
  return bytes;
}

/** @throws ObjectDamagedError on any header that was not made by `encodeHeader` for this object's key. */
function decodeHeader(
  objectKey: string,
  bytes: Uint8Array,
  masterKeys: ReadonlyMap<string, MasterKey>,
): SealedHeader {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (reason: DamageReason, cause?: unknown) => new ObjectDamagedError(objectKey, reason, cause);
  if (buffer.byteLength !== headerBytes || !buffer.subarray(0, magic.byteLength).equals(magic)) {
    throw damaged("not_sealed");
  }
  if (buffer[at.version] !== version) throw damaged("unknown_version");
  const idLength = buffer[at.idLength] ?? 0;
  if (idLength === 0 || idLength > longestKeyId || !isZero(buffer.subarray(at.end)))
    throw damaged("header_altered");
  const masterKeyId = buffer.toString("latin1", at.id, at.id + idLength);
  const masterKey = masterKeys.get(masterKeyId);
  if (masterKey === undefined) throw new MasterKeyMissingError(objectKey, masterKeyId);
  try {
    const dataKey = unwrap(objectKey, buffer, masterKey.key);
    return {
      masterKeyId,
      dataKey,
      noncePrefix: Uint8Array.from(buffer.subarray(at.noncePrefix, at.reserved)),
    };
  } catch (error) {
    throw damaged("header_altered", error);
  }
}

function unwrap(objectKey: string, bytes: Buffer, key: KeyObject): Uint8Array {
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(at.wrapNonce, at.wrapped), {
    authTagLength: 16,
  });
  decipher.setAAD(wrapAad(bytes, objectKey));
  decipher.setAuthTag(bytes.subarray(at.tag, at.end));
  const dataKey = decipher.update(bytes.subarray(at.wrapped, at.tag));
  decipher.final();
  return dataKey;
}

function wrapAad(bytes: Buffer, objectKey: string): Buffer {
  return Buffer.concat([bytes.subarray(0, authenticatedBytes), Buffer.from(objectKey, "utf8")]);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
