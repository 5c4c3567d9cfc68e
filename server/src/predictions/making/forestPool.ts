import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { type ClassifyRows, classifyHere, type Tree } from "@magtrace/learn";
import { Piscina } from "piscina";
import type { ThreadForest, ThreadRows } from "./forestThread.ts";

export interface ForestPool {
  /** Class probabilities of rows, shared out to this thread and the pool's. The same as on one thread, bit for bit. */
  readonly classify: ClassifyRows;
  close(): Promise<void>;
}

/** Fewer rows than this are done before a thread has begun. */
const LEAST_ROWS_A_THREAD = 256;

/**
 * Makes threads that each hold a forest.
 *
 * @param threads How many compute, this one included; 1 starts none.
 */
export function createForestPool(forest: ThreadForest, threads = availableParallelism()): ForestPool {
  const here = classifyHere(yieldToEventLoop);
  if (threads < 2) return { classify: here, close: async () => undefined };
  const pool = new Piscina<ThreadRows, Float64Array>({
    filename: join(import.meta.dirname, "forestThread.ts"),
    minThreads: threads - 1,
    maxThreads: threads - 1,
    workerData: forest,
  });
  return {
    async classify(trees: readonly Tree[], matrix, features, classes, rows) {
      const share = Math.ceil(rows / threads);
      if (share < LEAST_ROWS_A_THREAD) return here(trees, matrix, features, classes, rows);
      const parts: Promise<Float64Array>[] = [];
      for (let from = share; from < rows; from += share) {
        const count = Math.min(share, rows - from);
        const own = matrix.slice(from * features, (from + count) * features);
        parts.push(pool.run({ matrix: own, rows: count }));
      }
      const first = here(trees, matrix, features, classes, share);
      const all = new Float64Array(rows * classes);
      let at = 0;
      for (const part of await Promise.all([first, ...parts])) {
        all.set(part, at);
        at += part.length;
      }
      return all;
    },
    async close() {
      await pool.destroy();
    },
  };
}
