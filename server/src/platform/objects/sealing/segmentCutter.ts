import { sealedSegmentBytes } from "./sealedSegments.ts";

/** Cuts a stream of bytes at segments' ends: a store hands them out in pieces of its own choice. */
export class SegmentCutter {
  readonly #carry = new Uint8Array(sealedSegmentBytes);
  #carried = 0;

  /** The segments that these bytes complete, mostly parts of them and not copies. Each is to be used at once. */
  *cut(bytes: Uint8Array): Generator<Uint8Array, undefined> {
    let at = 0;
    if (this.#carried > 0) {
      at = Math.min(sealedSegmentBytes - this.#carried, bytes.byteLength);
      this.#carry.set(bytes.subarray(0, at), this.#carried);
      this.#carried += at;
      if (this.#carried < sealedSegmentBytes) return;
      this.#carried = 0;
      yield this.#carry;
    }
    for (; at + sealedSegmentBytes <= bytes.byteLength; at += sealedSegmentBytes) {
      yield bytes.subarray(at, at + sealedSegmentBytes);
    }
    this.#carry.set(bytes.subarray(at));
    this.#carried = bytes.byteLength - at;
  }

  /** What is left at the end: a short last segment, or none. */
  *rest(): Generator<Uint8Array, undefined> {
    if (this.#carried > 0) yield this.#carry.subarray(0, this.#carried);
  }
}
