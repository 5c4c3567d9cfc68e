import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { BinnedData, RunTrees, Tree } from "@magtrace/learn";
import { Piscina } from "piscina";
import type { TreeTask } from "./treeThread.ts";

export interface TreePool {
  readonly threads: number;
  /**
   * Grows trees on the pool's threads. Their order and content do not depend on the number of threads. When the
   * request's signal fires, running trees are dropped with their threads and the signal's reason is thrown.
   */
  readonly runTrees: RunTrees;
  /** Ends the threads, and whatever still runs on them. */
  close(): Promise<void>;
}

/** How long a thread without work is kept: longer than the pause between two forests of one training. */
const IDLE_MS = 10_000;

/** Starts no thread before the first tree is asked for. */
export function createTreePool(threads = availableParallelism()): TreePool {
  if (!Number.isInteger(threads) || threads < 1) throw new RangeError(`threads must be ≥ 1, not ${threads}`);
  const pool = new Piscina<TreeTask, Tree>({
    filename: join(import.meta.dirname, "treeThread.ts"),
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
  });
  // A forest's examples are copied to shared memory once, not to every thread with every tree.
  const sharedCopies = new WeakMap<BinnedData, BinnedData>();

  function shared(data: BinnedData): BinnedData {
    const known = sharedCopies.get(data);
    if (known !== undefined) return known;
    const copy = {
      ...data,
      codes: new Uint8Array(sharedBytes(data.codes)),
      binCounts: new Uint16Array(sharedBytes(data.binCounts)),
      edges: new Float32Array(sharedBytes(data.edges)),
      labels: new Uint8Array(sharedBytes(data.labels)),
    };
    sharedCopies.set(data, copy);
    return copy;
  }

  return {
    threads,
    async runTrees({ data, parameters, treeIndices, signal }) {
      signal?.throwIfAborted();
      const own = shared(data);
      try {
        return await Promise.all(
          treeIndices.map((treeIndex) =>
            pool.run({ data: own, parameters, treeIndex }, signal === undefined ? {} : { signal }),
          ),
        );
      } catch (error) {
        signal?.throwIfAborted();
        throw error;
      }
    },
    async close() {
      await pool.destroy();
    },
  };
}

function sharedBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): SharedArrayBuffer {
  const bytes = new SharedArrayBuffer(byteLength);
  new Uint8Array(bytes).set(new Uint8Array(buffer, byteOffset, byteLength));
  return bytes;
}
