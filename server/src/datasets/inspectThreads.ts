import type { Inspection } from "@magtrace/contracts";
import { AppError } from "../errors.ts";
import { ByteThread } from "../platform/byteThread/byteThread.ts";
import { FairTurns } from "../platform/limits/fairTurns.ts";
import type { InspectInProject } from "./inspectInProject.ts";

const MIB = 1024 * 1024;
/** A first part takes some 0.1 s. What takes this long was made to, or is of a kind that is better read by a worker. */
const TIMEOUT_MS = 10_000;
const SPARE_IDLE_MS = 20_000;
const HEAP_MIB = 256;
/** Of first parts that wait for their turn. */
const MOST_WAITING_BYTES = 256 * MIB;

export interface InspectThreadsOptions {
  readonly threads: number;
  readonly timeoutMs?: number;
  readonly heapMib?: number;
  readonly mostWaitingBytes?: number;
  /** Instead of the one that inspects. Only tests give one. */
  readonly file?: URL;
}

/** Who wants to know. */
export interface Asker {
  readonly userId: number;
  /** Whether there still is somebody to tell. */
  isThere(): boolean;
}

/**
 * The threads on which first parts of files are read. Each reads one at a time, so that one that takes too long, or too
 * much memory, is ended with its thread and takes nobody else's answer along. Users take turns. The first thread is kept.
 */
export class InspectThreads {
  readonly #turns: FairTurns;
  /** The one used last is the first to be used again: the others may end. */
  readonly #free: ByteThread[];
  readonly #all: readonly ByteThread[];
  readonly #timeoutMs: number;
  readonly #mostWaitingBytes: number;
  #waitingBytes = 0;
  /** Fulfilled when the thread that is kept is warm, or could not be made so. */
  #warmed: Promise<unknown> = Promise.resolve();

  constructor({
    threads,
    timeoutMs = TIMEOUT_MS,
    heapMib = HEAP_MIB,
    mostWaitingBytes = MOST_WAITING_BYTES,
    file = new URL("./inspectThread.ts", import.meta.url),
  }: InspectThreadsOptions) {
    this.#turns = new FairTurns(threads);
    this.#timeoutMs = timeoutMs;
    this.#mostWaitingBytes = mostWaitingBytes;
    this.#all = Array.from({ length: threads }, (_, i) => {
      const idleMs = i === threads - 1 ? Number.POSITIVE_INFINITY : SPARE_IDLE_MS;
      const resourceLimits = { maxOldGenerationSizeMb: heapMib, maxYoungGenerationSizeMb: 16 };
      return new ByteThread(file, { workerData: null, idleMs, resourceLimits });
    });
    this.#free = [...this.#all];
  }

  /** @throws {AppError} too many wait, or it took longer or needed more memory than it may. */
  async inspect(asker: Asker, request: InspectInProject): Promise<Inspection> {
    const { length } = request.head.bytes;
    if (this.#waitingBytes + length > this.#mostWaitingBytes) {
      throw new AppError(
        "too_many_requests",
        "Too many files are being looked at. Try again in a few seconds.",
      );
    }
    this.#waitingBytes += length;
    try {
      // A thread that is being warmed answers sooner than another that has to be started beside it.
      await this.#warmed;
      const leave = await this.#turns.enter(String(asker.userId));
      const thread = this.#free.pop()!;
      try {
        if (!asker.isThere()) throw new AppError("cancelled", "The client has gone.");
        return await this.#inspectOn(thread, request);
      } finally {
        this.#free.push(thread);
        leave();
      }
    } finally {
      this.#waitingBytes -= length;
    }
  }

  /** Has the thread that is kept loaded and compiled before somebody waits for it, by reading a file so many times. */
  async warm(request: InspectInProject, rounds: number): Promise<void> {
    const warming = this.#warmOn(this.#free.at(-1)!, request, rounds);
    this.#warmed = warming.catch(() => undefined);
    await warming;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()));
  }

  async #warmOn(thread: ByteThread, request: InspectInProject, rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) await this.#inspectOn(thread, request);
  }

  async #inspectOn(thread: ByteThread, request: InspectInProject): Promise<Inspection> {
    // A thread that has to be started first is not slow with this file.
    (await thread.make("ready", null)).end();
    const late = setTimeout(() => thread.end(tookTooLong(this.#timeoutMs)), this.#timeoutMs);
    try {
      const made = await thread.make<Inspection>("inspect", request);
      made.end();
      return made.head;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY") throw tooLarge(error);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }
}

function tookTooLong(timeoutMs: number): AppError {
  return new AppError(
    "unreadable_file",
    `Looking at this file took longer than ${timeoutMs / 1000} s and was stopped. Upload it without a preview, or try again later if many people are at work.`,
  );
}

function tooLarge(cause: unknown): AppError {
  return new AppError(
    "unreadable_file",
    "Looking at this file took more memory than is allowed and was stopped. Upload it without a preview.",
    { cause },
  );
}
