import { Worker } from "node:worker_threads";
import type { ByteSource } from "@magtrace/series";
import { RefusedFile } from "../../findings.ts";
import { WatchedSource } from "../../typed/watchedSource.ts";
import type { Hdf5Cells, Hdf5Column, Hdf5Table } from "./hdf5Table.ts";
import { FAILED, GIVEN, PAGE_BYTES, sharedPage } from "./sharedPages.ts";
import type { ThreadAnswer, ThreadRequest, ThreadSetup } from "./threadMessages.ts";

export interface ThreadLimits {
  /** For the library: what it unpacks, its caches, and some rows. */
  readonly memoryBytes: number;
  /** For one answer. */
  readonly answerMs: number;
}

export const THREAD_LIMITS: ThreadLimits = { memoryBytes: 256 * 1024 * 1024, answerMs: 120_000 };
const HEAP_MB = 256;

/**
 * An HDF5 file read in a thread of its own, with bounded memory and time, that sees nothing of this machine but the
 * file's pages, which are given to it as it asks. No plain copy of the file is made.
 */
export class ThreadedFile {
  readonly #source: WatchedSource;
  readonly #shared = sharedPage();
  readonly #worker: Worker;
  readonly #limits: ThreadLimits;
  #waiting: { resolve(value: unknown): void; reject(error: unknown): void } | null = null;
  #reading: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(source: ByteSource, limits: ThreadLimits) {
    this.#source = new WatchedSource(source);
    this.#limits = limits;
    const setup: ThreadSetup = { size: source.size, shared: this.#shared, memoryBytes: limits.memoryBytes };
    this.#worker = new Worker(new URL("./hdf5Thread.ts", import.meta.url), {
      workerData: setup,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
      env: {},
      stdout: true,
      stderr: true,
    });
    // The library prints what it stumbles over; the answers say it.
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.unref();
    this.#worker.on("message", (message: ThreadAnswer) => this.#take(message));
    this.#worker.on("error", (error: Error) => this.#settle(tooMuch(error.message)));
    this.#worker.on("exit", () => {
      this.#ended = true;
      this.#settle(tooMuch("its thread ended"));
    });
  }

  async tables(): Promise<Hdf5Table[]> {
    return (await this.#ask({ kind: "tables" })) as Hdf5Table[];
  }

  async read(columns: readonly Hdf5Column[], from: number, rows: number): Promise<Hdf5Cells[]> {
    return (await this.#ask({ kind: "read", columns, from, rows })) as Hdf5Cells[];
  }

  /** Fulfilled when the source is not being read any more. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
    await this.#reading;
  }

  async #ask(request: ThreadRequest): Promise<unknown> {
    if (this.#ended) throw tooMuch("its thread ended");
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting = { resolve, reject };
    const { answerMs } = this.#limits;
    const timer = setTimeout(() => {
      this.#settle(tooMuch(`no answer within ${answerMs / 1000} s`));
      void this.#worker.terminate();
    }, answerMs);
    this.#worker.postMessage(request);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #take(message: ThreadAnswer): void {
    if (message.kind === "page") this.#reading = this.#give(message.page);
    else if (message.kind === "answer") {
      this.#waiting?.resolve(message.value);
      this.#waiting = null;
    } else this.#settle(message.isClear ? unreadable(message.message) : damaged(message.message));
  }

  async #give(page: number): Promise<void> {
    const start = page * PAGE_BYTES;
    const { state, bytes } = this.#shared;
    let answer = GIVEN;
    try {
      bytes.set(await this.#source.read(start, Math.min(PAGE_BYTES, this.#source.size - start)));
    } catch {
      answer = FAILED;
    }
    Atomics.store(state, 0, answer);
    Atomics.notify(state, 0);
  }

  /** Failures of the source stay what they are. */
  #settle(error: unknown): void {
    this.#waiting?.reject(this.#source.failed ? this.#source.failure : error);
    this.#waiting = null;
  }
}

function damaged(message: string): RefusedFile {
  const expected =
    "a whole HDF5 file; h5clear -s FILE mends one that was not closed, h5repack IN OUT writes another";
  return new RefusedFile({ code: "damaged_file", value: `HDF5: ${message}`, expected });
}

function unreadable(message: string): RefusedFile {
  return new RefusedFile({
    code: "not_supported",
    value: "an HDF5 file",
    expected: `a file that can be read: ${message}`,
  });
}

function tooMuch(message: string): RefusedFile {
  const expected = `an HDF5 file that is read with ${THREAD_LIMITS.memoryBytes / 1024 / 1024} MiB of memory, 128 Ki rows within ${THREAD_LIMITS.answerMs / 1000} s; h5repack -l CHUNK=1000 IN OUT makes smaller chunks`;
  return new RefusedFile({ code: "not_supported", value: `HDF5: ${message}`, expected });
}
