import type { ObjectWriter } from "../types.ts";
import { SegmentCipher, sealedSegmentBytes, segmentBytes, tagBytes } from "./sealedSegments.ts";
import type { DataKey } from "./wrappedKey.ts";

/** Segments handed to the store at a time: 1 MiB, where larger writes gain nothing. */
const segmentsPerWrite = 16;

/** Seals what it is given into `inner`, segment by segment. */
export class SealedWriter implements ObjectWriter {
  readonly #inner: ObjectWriter;
  readonly #cipher: SegmentCipher;
  /** A full segment waits here until it is known whether it is the last. */
  readonly #pending = new Uint8Array(segmentBytes);
  readonly #batch = new Uint8Array(segmentsPerWrite * sealedSegmentBytes);
  #pendingLength = 0;
  #batchLength = 0;
  #nextIndex = 0;

  constructor(inner: ObjectWriter, objectKey: string, dataKey: DataKey) {
    this.#inner = inner;
    this.#cipher = new SegmentCipher(objectKey, dataKey);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength; ) {
      if (this.#pendingLength === segmentBytes) await this.#sealPending(false);
      if (this.#pendingLength === 0 && bytes.byteLength - at > segmentBytes) {
        // More follows for certain, so this one need not wait, nor be copied.
        await this.#seal(bytes.subarray(at, at + segmentBytes), false);
        at += segmentBytes;
        continue;
      }
      const taken = Math.min(segmentBytes - this.#pendingLength, bytes.byteLength - at);
      this.#pending.set(bytes.subarray(at, at + taken), this.#pendingLength);
      this.#pendingLength += taken;
      at += taken;
    }
  }

  async close(): Promise<void> {
    await this.#sealPending(true);
    await this.#flush();
    await this.#inner.close();
  }

  async abort(): Promise<void> {
    await this.#inner.abort();
  }

  async #sealPending(isLast: boolean): Promise<void> {
    await this.#seal(this.#pending.subarray(0, this.#pendingLength), isLast);
    this.#pendingLength = 0;
  }

  async #seal(plain: Uint8Array, isLast: boolean): Promise<void> {
    if (this.#batchLength + plain.byteLength + tagBytes > this.#batch.byteLength) await this.#flush();
    this.#batchLength += this.#cipher.seal(plain, this.#nextIndex, isLast, this.#batch, this.#batchLength);
    this.#nextIndex += 1;
  }

  async #flush(): Promise<void> {
    const length = this.#batchLength;
    this.#batchLength = 0;
    if (length > 0) await this.#inner.write(this.#batch.subarray(0, length));
  }
}
