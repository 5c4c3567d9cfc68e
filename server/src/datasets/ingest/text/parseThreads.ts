import { availableParallelism } from "node:os";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import type { ChunkBuffers } from "./chunkBuffers.ts";
import { leaseThread, returnThread, type TextChunk } from "./parseLease.ts";
import { parseRows } from "./parseRows.ts";
import type { RowBlock } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";
import type { RowMemory } from "./rowStore.ts";

/** Smaller files are read before a thread has started. */
const THREADS_FROM_BYTES = 8 * 1024 * 1024;
const MAX_THREADS = 3;
/** Chunks a thread has or is owed: one to work on, one so that it never waits. */
const CHUNKS_PER_THREAD = 2;

/** Threads worth having for a file of so many bytes. One processor is left to whoever writes the series. */
export function threadsFor(bytes: number, processors = availableParallelism()): number {
  if (bytes < THREADS_FROM_BYTES) return 0;
  return Math.min(Math.max(processors - 1, 1), MAX_THREADS);
}

export interface ParseOptions {
  readonly plan: RowPlan;
  readonly threads: number;
  /** Where the chunks' memory goes back to. */
  readonly buffers: ChunkBuffers;
}

/**
 * Parses chunks, in their order, on `threads` threads and, while those have enough to do, on this one; on this one alone
 * where that is 0.
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
  const workers = Array.from({ length: threads }, leaseThread);
  const pending: PendingBlock[] = [];
  const done: RowMemory[] = [];
  let atWork = 0;
  const parse = (chunk: TextChunk, turn: number): Promise<RowBlock> => {
    atWork++;
    const parsed = workers[turn % threads].parse({ chunk, plan, memory: done.pop() ?? null });
    const over = (): void => {
      atWork--;
    };
    // A failure is thrown in its turn; until then it must not count as unhandled.
    parsed.then(over, over);
    return parsed;
  };
  try {
    let turn = 0;
    for await (const chunk of chunks) {
      // What the threads have done meanwhile shows only after this.
      await yieldToEventLoop();
      // Reading and writing a chunk costs this thread half of what parsing does: it has time for some of that, too.
      const parsed =
        atWork < threads * CHUNKS_PER_THREAD
          ? parse(chunk, turn++)
          : Promise.resolve(parseRows(chunk.bytes, plan, chunk.offset, done.pop() ?? null));
      pending.push({ bytes: chunk.bytes, parsed });
      if (pending.length <= threads * CHUNKS_PER_THREAD) continue;
      const block = await next(pending, buffers);
      yield block;
      done.push(block);
    }
    while (pending.length > 0) yield await next(pending, buffers);
  } finally {
    // A thread is anybody's again only when nothing is left for it to do.
    await Promise.allSettled(pending.map(({ parsed }) => parsed));
    workers.forEach(returnThread);
  }
}

interface PendingBlock {
  readonly bytes: Uint8Array;
  readonly parsed: Promise<RowBlock>;
}

async function next(pending: PendingBlock[], buffers: ChunkBuffers): Promise<RowBlock> {
  const { bytes, parsed } = pending.shift()!;
  const block = await parsed;
  buffers.give(bytes);
  return block;
}
