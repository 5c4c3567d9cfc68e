import { availableParallelism } from "node:os";
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
  const workers = Array.from({ length: threads }, leaseThread);
  const pending: { readonly bytes: Uint8Array; readonly parsed: Promise<RowBlock> }[] = [];
  const next = async (): Promise<RowBlock> => {
    const { bytes, parsed } = pending.shift()!;
    const block = await parsed;
    buffers.give(bytes);
    return block;
  };
  try {
    let turn = 0;
    for await (const chunk of chunks) {
      const parsed = workers[turn++ % threads].parse({ chunk, plan, memory });
      memory = null;
      // Awaited in its turn; until then a failure must not count as unhandled.
      parsed.catch(() => undefined);
      pending.push({ bytes: chunk.bytes, parsed });
      if (pending.length < threads * CHUNKS_PER_THREAD) continue;
      const block = await next();
      yield block;
      memory = block;
    }
    while (pending.length > 0) yield await next();
  } finally {
    // A thread is anybody's again only when nothing is left for it to do.
    await Promise.allSettled(pending.map(({ parsed }) => parsed));
    workers.forEach(returnThread);
  }
}
