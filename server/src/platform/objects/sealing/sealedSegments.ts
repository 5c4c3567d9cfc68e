import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from "node:crypto";
import { ObjectDamagedError } from "../errors.ts";
import { flippedByte } from "./flippedByte.ts";
import { headerBytes } from "./sealedHeader.ts";
import type { DataKey, SealedFormat } from "./wrappedKey.ts";

/** Random bytes that begin each nonce of an object. */
export const noncePrefixBytes = 7;
export const segmentBytes = 65_536;
export const tagBytes = 16;
export const sealedSegmentBytes = segmentBytes + tagBytes;
const mostSegments = 2 ** 32;

/** How many segments an object of this many plain bytes has. An empty one has one, so that its end is sealed too. */
export function segmentCount(plainBytes: number): number {
  return Math.max(1, Math.ceil(plainBytes / segmentBytes));
}

/** Where an object's first segment begins. */
export function segmentsStart(format: SealedFormat): number {
  return format === 1 ? headerBytes : 0;
}

export function sealedSize(plainBytes: number, format: SealedFormat): number {
  return segmentsStart(format) + plainBytes + segmentCount(plainBytes) * tagBytes;
}

/** The plain size that seals to this many bytes, or NaN when none does. */
export function plainSize(sealedBytes: number, format: SealedFormat): number {
  const body = sealedBytes - segmentsStart(format);
  const plain = body - Math.ceil(body / sealedSegmentBytes) * tagBytes;
  return plain >= 0 && sealedSize(plain, format) === sealedBytes ? plain : Number.NaN;
}

/**
 * Segments of one object as AES-256-GCM in the STREAM construction: nonce = random prefix (7) ‖ counter (4,
 * big-endian) ‖ 1 for the last segment, else 0; the associated data is the object's key. A segment opens only
 * in its own object, at its own place, and the last only as the last.
 *
 * Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance" (CRYPTO 2015) §7; the nonce layout is that of Tink's AES-GCM-HKDF streaming.
 */
export class SegmentCipher {
  readonly #objectKey: string;
  readonly #aad: Buffer;
  readonly #dataKey: KeyObject;
  readonly #nonce: Buffer;

  constructor(objectKey: string, { dataKey, noncePrefix }: DataKey) {
    this.#objectKey = objectKey;
    this.#aad = Buffer.from(objectKey, "utf8");
    this.#dataKey = createSecretKey(dataKey);
    this.#nonce = Buffer.alloc(12);
    this.#nonce.set(noncePrefix);
  }

  /** Writes the sealed segment at `offset` of `target` and returns its length. */
  seal(plain: Uint8Array, index: number, isLast: boolean, target: Uint8Array, offset: number): number {
    const cipher = createCipheriv("aes-256-gcm", this.#dataKey, this.#nonceOf(index, isLast));
    cipher.setAAD(this.#aad);
    target.set(cipher.update(plain), offset);
    cipher.final();
    target.set(cipher.getAuthTag(), offset + plain.byteLength);
    return plain.byteLength + tagBytes;
  }

  /** @throws ObjectDamagedError unless these are the bytes that were sealed at this place. */
  open(sealed: Uint8Array, index: number, isLast: boolean): Uint8Array {
    const end = sealed.byteLength - tagBytes;
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv("aes-256-gcm", this.#dataKey, this.#nonceOf(index, isLast), options);
    decipher.setAAD(this.#aad);
    decipher.setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch (error) {
      throw new ObjectDamagedError(this.#objectKey, "content_altered", error);
    }
    return plain;
  }

  /** The one byte of a segment that does not open that is to blame; null where it is more than one. */
  flippedByte(sealed: Uint8Array, index: number, isLast: boolean): number | null {
    const nonce = Uint8Array.from(this.#nonceOf(index, isLast));
    return flippedByte({ key: this.#dataKey, nonce, aad: this.#aad, sealed });
  }

  /** The buffer is shared: OpenSSL copies the nonce when a cipher is made. */
  #nonceOf(index: number, isLast: boolean): Buffer {
    if (index >= mostSegments) throw new RangeError(`segment ${index} is beyond what one object can hold`);
    this.#nonce.writeUInt32BE(index, noncePrefixBytes);
    this.#nonce[11] = isLast ? 1 : 0;
    return this.#nonce;
  }
}
