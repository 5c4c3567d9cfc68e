import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { requireRange } from "../byteRange.ts";
import { ObjectMissingError, type ObjectStoreError } from "../errors.ts";
import { readAhead } from "../readAhead.ts";
import type { ObjectReader } from "../types.ts";
import { pauseAfter, type S3Calls } from "./s3Calls.ts";
import { failureOf, fromS3Error } from "./s3Failure.ts";

export interface OpenedObject {
  readonly size: number;
  /** Of the bytes that were opened: a range of any other is refused by the store. */
  readonly etag: string | undefined;
  /** The last bytes, which came with the opening. */
  readonly tail: Uint8Array;
}

/** Reads ranges of one object, each by one request as long as the connection holds. */
export class S3Reader implements ObjectReader {
  readonly size: number;
  readonly #calls: S3Calls;
  readonly #key: string;
  readonly #etag: string | undefined;
  readonly #tail: Uint8Array;
  readonly #tailStart: number;

  constructor(calls: S3Calls, key: string, { size, etag, tail }: OpenedObject) {
    this.#calls = calls;
    this.#key = key;
    this.size = size;
    this.#etag = etag;
    this.#tail = tail;
    this.#tailStart = size - tail.byteLength;
  }

  async read(start: number, length: number): Promise<Uint8Array> {
    requireRange(start, length, this.size);
    const bytes = new Uint8Array(length);
    await this.readInto(start, bytes);
    return bytes;
  }

  async readInto(start: number, into: Uint8Array): Promise<void> {
    requireRange(start, into.byteLength, this.size);
    let at = 0;
    for await (const piece of this.#range(start, start + into.byteLength)) {
      into.set(piece, at);
      at += piece.byteLength;
    }
  }

  stream(start = 0, end = this.size): AsyncIterable<Uint8Array> {
    return readAhead(this.#range(start, end));
  }

  async close(): Promise<void> {}

  /** Goes on where a broken connection ended, and gives up once nothing has come for long enough. */
  async *#range(start: number, end: number): AsyncGenerator<Uint8Array, undefined> {
    requireRange(start, end - start, this.size);
    const { retryForMs } = this.#calls.patience;
    let failures = 0;
    let lastMs = performance.now() + retryForMs;
    for (let at = start; at < end; ) {
      if (at >= this.#tailStart) {
        yield this.#tail.subarray(at - this.#tailStart, end - this.#tailStart);
        return;
      }
      try {
        for await (const piece of this.#request(at, end)) {
          at += piece.byteLength;
          failures = 0;
          yield piece;
          lastMs = performance.now() + retryForMs;
        }
        if (at < end) throw new Error("the answer ended before its length");
      } catch (error) {
        failures += 1;
        const pauseMs = pauseAfter(failures);
        if (failureOf(error) !== "temporary" || performance.now() + pauseMs > lastMs)
          throw this.#failure(error);
        await sleep(pauseMs);
      }
    }
  }

  async *#request(start: number, end: number): AsyncGenerator<Uint8Array, undefined> {
    const { sdk, patience } = this.#calls;
    const range = `bytes=${start}-${end - 1}`;
    const answer = await this.#calls.send(
      new sdk.GetObjectCommand({ ...this.#calls.at(this.#key), Range: range, IfMatch: this.#etag }),
    );
    const body = answer.Body as Readable;
    try {
      yield* beforeIdle(body, patience.idleMs);
    } finally {
      body.destroy();
    }
  }

  #failure(error: unknown): ObjectStoreError {
    // Another object stands there by now; what was opened is gone.
    if (failureOf(error) === "changed") return new ObjectMissingError(this.#key, error);
    return fromS3Error(this.#key, error);
  }
}

/** The pieces of a body. Only the time in which somebody waits for one counts, so that readers may be slow. */
export async function* beforeIdle(body: Readable, idleMs: number): AsyncGenerator<Uint8Array, undefined> {
  const pieces = body[Symbol.asyncIterator]();
  for (;;) {
    const timer = setTimeout(() => body.destroy(new Error("the answer stood still")), idleMs);
    let next: IteratorResult<Uint8Array>;
    try {
      next = await pieces.next();
    } finally {
      clearTimeout(timer);
    }
    if (next.done) return;
    yield next.value;
  }
}
