import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { ChunkBuffers } from "./chunkBuffers.ts";
import { parseRows } from "./parseRows.ts";
import type { RowBlock } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";
import type { RowMemory } from "./rowStore.ts";

/** A stretch of whole records, with a buffer of its own. */
export interface TextChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it begins in the text. */
  readonly offset: number;
}

export interface ParseRequest {
  readonly chunk: TextChunk;
  /** Of a block that is done with. */
  readonly memory: RowMemory | null;
}

export interface ParseAnswer {
  readonly block: RowBlock;
  /** The chunk's, to be filled again. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Smaller files are read before a thread has started. */
const THREADS_FROM_BYTES = 8 * 1024 * 1024;
const MAX_THREADS = 3;
/** Chunks a thread has or is owed: one to work on, one so that it never waits. */
const CHUNKS_PER_THREAD = 2;

/** Threads worth having for a file of so many bytes. One processor is left to whoever writes the series. */
export function threadsFor(bytes: number): number {
  if (bytes < THREADS_FROM_BYTES) return 0;
  return Math.min(Math.max(availableParallelism() - 1, 1), MAX_THREADS);
}

export interface ParseOptions {
  readonly plan: RowPlan;
  readonly threads: number;
  /** Where the chunks' memory goes back to. */
  readonly buffers: ChunkBuffers;
}

/**
 * Parses chunks, in their order, on `threads` threads, or on this one where that is 0.
 *
 * A block is the caller's until the next is asked for: then its arrays are filled again.
 */
export async function* parseChunks(
  chunks: AsyncIterable<TextChunk>,
  { plan, threads, buffers }: ParseOptions,
): AsyncGenerator<RowBlock> {
  let memory: RowMemory | null = null;
  if (threads === 0) {
    for await (const { bytes, offset } of chunks) {
      const block: RowBlock = parseRows(bytes, plan, offset, memory);
      buffers.give(bytes);
      yield block;
      memory = block;
    }
    return;
  }
  const workers = Array.from({ length: threads }, () => new ParseThread(plan));
  const pending: Promise<ParseAnswer>[] = [];
  const next = async (): Promise<RowBlock> => {
    const { block, bytes } = await pending.shift()!;
    buffers.give(bytes);
    return block;
  };
  try {
    let turn = 0;
    for await (const chunk of chunks) {
      const parsed = workers[turn++ % threads].parse({ chunk, memory });
      memory = null;
      // Awaited in its turn; until then a failure must not count as unhandled.
      parsed.catch(() => undefined);
      pending.push(parsed);
      if (pending.length < threads * CHUNKS_PER_THREAD) continue;
      const block = await next();
      yield block;
      memory = block;
    }
    while (pending.length > 0) yield await next();
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** Memory of a block's arrays, to be handed over instead of copied. */
export function buffersOf({ timeUs, values, sensors, lines }: RowMemory): ArrayBuffer[] {
  const arrays = [timeUs, lines, ...values, ...(sensors ? [sensors] : [])];
  return arrays.map((array) => array.buffer as ArrayBuffer);
}

class ParseThread {
  readonly #worker: Worker;
  readonly #waiting: { resolve(answer: ParseAnswer): void; reject(error: unknown): void }[] = [];
  #failure: unknown = null;

  constructor(plan: RowPlan) {
    this.#worker = new Worker(new URL("./parseThread.ts", import.meta.url), { workerData: plan });
    this.#worker.on("message", (answer: ParseAnswer) => this.#waiting.shift()?.resolve(answer));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the parsing thread ended")));
  }

  parse({ chunk, memory }: ParseRequest): Promise<ParseAnswer> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      const own = memory === null ? null : memoryOf(memory);
      const handed = own === null ? [] : buffersOf(own);
      this.#worker.postMessage({ chunk, memory: own }, [chunk.bytes.buffer, ...handed]);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }
}

/** The arrays alone: the rest of a block need not be copied to the thread. */
function memoryOf({ timeUs, values, sensors, lines }: RowMemory): RowMemory {
  return { timeUs, values, sensors, lines };
}
