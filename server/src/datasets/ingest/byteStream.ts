import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import type { ByteSource } from "@magtrace/series";
import { RefusedFile } from "./findings.ts";
import type { UnpackingLimit } from "./unpackingLimit.ts";

const READ_BYTES = 1024 * 1024;

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  onProgress?(fraction: number): void;
}

/** All bytes of a source in order, each array the caller's own. Throws the signal's reason when aborted. */
export async function* sourceBytes(source: ByteSource, options: ReadOptions): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted();
  let position = 0;
  for await (const bytes of readAhead(source.stream?.() ?? pieces(source))) {
    options.signal?.throwIfAborted();
    position += bytes.length;
    yield bytes;
    options.onProgress?.(position / source.size);
  }
  if (position < source.size) throw new Error(`the source ends at byte ${position} of ${source.size}`);
}

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < source.size; ) {
    const bytes = await source.read(position, Math.min(READ_BYTES, source.size - position));
    if (bytes.length === 0) return;
    // Copied at once: the source may reuse the array. Not by slice, which on a Buffer copies nothing.
    const own = new Uint8Array(bytes);
    position += own.length;
    yield own;
  }
}

/** Asks for the next bytes before those at hand are worked on. */
async function* readAhead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  const ask = (): Promise<IteratorResult<Uint8Array>> => {
    const asked = iterator.next();
    // Awaited in its turn, or not at all where the reader has enough; until then a failure is nobody's.
    asked.catch(() => undefined);
    return asked;
  };
  let asked = ask();
  try {
    for (;;) {
      const next = await asked;
      if (next.done) return;
      asked = ask();
      yield next.value;
    }
  } finally {
    // What was asked for is being read: the source may be closed only then.
    await asked.catch(() => undefined);
    await iterator.return?.();
  }
}

export interface Unpacking {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Ends it at any point; the input is not being read once this is fulfilled. */
  close(): Promise<void>;
}

/**
 * What gzip or zstd bytes unpack to, stopped where that is more than the limits allow.
 *
 * Reading throws {@link RefusedFile} where the bytes are damaged, cut short, or beyond a limit, and passes a failure
 * of the input on as it is.
 */
export function decompressed(
  input: AsyncIterable<Uint8Array>,
  kind: "gzip" | "zstd",
  limit: UnpackingLimit,
): Unpacking {
  const chunkSize = 256 * 1024;
  const decoder = kind === "gzip" ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
  const watched = new WatchedInput(input);
  // The decoder itself reports every failure; the callback is there because pipeline wants one.
  pipeline(Readable.from(watched), decoder, () => undefined);
  const close = async (): Promise<void> => {
    decoder.destroy();
    await watched.settled();
  };
  return { bytes: limited(decoder, watched, kind, limit), close };
}

async function* limited(
  decoder: AsyncIterable<Uint8Array>,
  input: WatchedInput,
  kind: string,
  limit: UnpackingLimit,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  try {
    for await (const chunk of decoder) {
      total += chunk.length;
      limit.addBytes(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (input.failed) throw input.failure;
    if (error instanceof RefusedFile || !isDecoderError(error)) throw error;
    throw new RefusedFile({
      code: "damaged_file",
      value: error.message,
      expected: `a whole ${kind} file; this one is damaged or cut short after ${total} unpacked bytes`,
    });
  }
}

/** Passes an input on to code that wraps errors in its own, and remembers whether the input itself failed. */
export class WatchedInput implements AsyncIterable<Uint8Array> {
  readonly #input: AsyncIterable<Uint8Array>;
  #inFlight: Promise<unknown> = Promise.resolve();
  failed = false;
  failure: unknown;

  constructor(input: AsyncIterable<Uint8Array>) {
    this.#input = input;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const iterator = this.#input[Symbol.asyncIterator]();
    for (;;) {
      const reading = iterator.next();
      this.#inFlight = reading.catch((error) => {
        this.failed = true;
        this.failure = error;
      });
      const next = await reading;
      if (next.done) return;
      yield next.value;
    }
  }

  /** Fulfilled when no read is under way. */
  async settled(): Promise<void> {
    await this.#inFlight;
  }
}

function isDecoderError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error)) return false;
  return /^(Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(String((error as NodeJS.ErrnoException).code));
}

export interface Peeked {
  /** At least as many bytes as asked for, unless there are no more. */
  readonly head: Uint8Array;
  /** Everything, the head included. */
  readonly all: AsyncIterable<Uint8Array>;
}

/** Looks at the beginning of a stream without losing it. */
export async function peekBytes(input: AsyncIterable<Uint8Array>, atLeast: number): Promise<Peeked> {
  const iterator = input[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < atLeast) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  return { head: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks), all: prepended(chunks, iterator) };
}

async function* prepended(
  head: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
