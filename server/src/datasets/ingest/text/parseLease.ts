import { Worker } from "node:worker_threads";
import type { RowBlock } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";
import type { RowMemory } from "./rowStore.ts";

/** A stretch of whole records, with a buffer of its own. */
export interface TextChunk {
  readonly bytes: Uint8Array;
  /** Where it begins in the text. */
  readonly offset: number;
}

/** All arrays in it lie in shared memory: handing them over would make each an object of the collector's anew. */
export interface ParseRequest {
  readonly chunk: TextChunk;
  readonly plan: RowPlan;
  /** Of a block that is done with. */
  readonly memory: RowMemory | null;
}

/**
 * How long a thread waits for the next file. A new one costs half a second of processor time before its code is as
 * fast as it gets: as much as reading 500,000 rows.
 */
const IDLE_MS = 60_000;

const idle: ParseThread[] = [];

/** A thread for one file alone: one that was used before, if there is any. */
export function leaseThread(): ParseThread {
  const thread = idle.pop() ?? new ParseThread();
  thread.wake();
  return thread;
}

/** Only once all that was asked of it is answered. */
export function returnThread(thread: ParseThread): void {
  if (thread.failed) return;
  idle.push(thread);
  thread.rest(() => idle.splice(idle.indexOf(thread), 1));
}

export class ParseThread {
  readonly #worker = new Worker(new URL("./parseThread.ts", import.meta.url));
  readonly #waiting: { resolve(block: RowBlock): void; reject(error: unknown): void }[] = [];
  #failure: unknown = null;
  #ending: NodeJS.Timeout | undefined;

  constructor() {
    this.#worker.on("message", (block: RowBlock) => this.#waiting.shift()?.resolve(block));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", () => this.#fail(new Error("the parsing thread ended")));
  }

  get failed(): boolean {
    return this.#failure !== null;
  }

  wake(): void {
    clearTimeout(this.#ending);
    this.#worker.ref();
  }

  /** Waits for the next file, and keeps no process alive for it. @param end Told before it ends for want of one. */
  rest(end: () => void): void {
    this.#worker.unref();
    this.#ending = setTimeout(() => {
      end();
      void this.#worker.terminate();
    }, IDLE_MS).unref();
  }

  parse({ chunk, plan, memory }: ParseRequest): Promise<RowBlock> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage({ chunk, plan, memory: memory && arraysOf(memory) });
    });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }
}

/** The arrays alone: the rest of a block need not be copied to the thread. */
function arraysOf({ timeUs, values, sensors, labels, lines }: RowMemory): RowMemory {
  return { timeUs, values, sensors, labels, lines };
}
