import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { parseRows } from "./parseRows.ts";
import type { RowBlock } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";

/** A stretch of whole records, with a buffer of its own. */
export interface TextChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where it begins in the text. */
  readonly offset: number;
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

/** Parses chunks, in their order, on `threads` threads, or on this one where that is 0. */
export async function* parseChunks(
  chunks: AsyncIterable<TextChunk>,
  plan: RowPlan,
  threads: number,
): AsyncGenerator<RowBlock> {
  if (threads === 0) {
    for await (const chunk of chunks) yield parseRows(chunk.bytes, plan, chunk.offset);
    return;
  }
  const workers = Array.from({ length: threads }, () => new ParseThread(plan));
  const pending: Promise<RowBlock>[] = [];
  try {
    let next = 0;
    for await (const chunk of chunks) {
      const parsed = workers[next++ % threads].parse(chunk);
      // Awaited in its turn; until then a failure must not count as unhandled.
      parsed.catch(() => undefined);
      pending.push(parsed);
      if (pending.length >= threads * CHUNKS_PER_THREAD) yield await pending.shift()!;
    }
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

class ParseThread {
  readonly #worker: Worker;
  readonly #waiting: { resolve(block: RowBlock): void; reject(error: unknown): void }[] = [];
  #failure: unknown = null;

  constructor(plan: RowPlan) {
    this.#worker = new Worker(new URL("./parseThread.ts", import.meta.url), { workerData: plan });
    this.#worker.on("message", (block: RowBlock) => this.#waiting.shift()?.resolve(block));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the parsing thread ended")));
  }

  parse(chunk: TextChunk): Promise<RowBlock> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(chunk, [chunk.bytes.buffer]);
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
