import { once } from "node:events";
import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from "node:worker_threads";
import { AppError } from "../../errors.ts";
import { type Answer, type Asked, deserializeError, type Wanted } from "./messages.ts";

/** How long the thread is kept without work: an export seldom comes alone. */
const IDLE_MS = 20_000;
const CLOSE_GRACE_MS = 5_000;

/** Bytes made on the thread. */
export interface MadeBytes<Head> {
  /** What was known before the first byte. */
  readonly head: Head;
  /** Taken one by one; while one is used the next is made, and no more than that. */
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** To be called at the end, however it ended and whether `pieces` was begun or not. */
  end(): void;
}

/** Makes long answers where nobody waits for the event loop. */
export interface ByteMaker {
  /** @throws what the maker of this kind threw before its first byte. */
  make<Head>(kind: string, input: unknown): Promise<MadeBytes<Head>>;
}

export interface ByteThreadOptions {
  readonly workerData: unknown;
  /** How long the thread is kept without work. Infinity: until it is closed. */
  readonly idleMs?: number;
  /** Of its heap. One that needs more ends, and what it was at fails with `ERR_WORKER_OUT_OF_MEMORY`. */
  readonly resourceLimits?: ResourceLimits;
}

/**
 * A thread for answers that take long to make: text of millions of rows, archives. It is started when first needed,
 * works on all of them in turns and ends when it has had nothing to do for a while.
 */
export class ByteThread implements ByteMaker {
  readonly #start: () => Worker;
  readonly #idleMs: number;
  #worker: Worker | null = null;
  readonly #open = new Set<Conversation>();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(file: URL, { workerData, idleMs = IDLE_MS, resourceLimits }: ByteThreadOptions) {
    this.#start = () => new Worker(file, { workerData, ...(resourceLimits && { resourceLimits }) });
    this.#idleMs = idleMs;
  }

  async make<Head>(kind: string, input: unknown): Promise<MadeBytes<Head>> {
    const worker = this.#started();
    const { port1, port2 } = new MessageChannel();
    const conversation = new Conversation(port1, () => this.#forget(conversation));
    this.#open.add(conversation);
    try {
      worker.postMessage({ kind, input, port: port2 } satisfies Asked, [port2]);
      const head = (await conversation.head()) as Head;
      return { head, pieces: conversation.pieces(), end: () => conversation.end() };
    } catch (error) {
      conversation.end();
      throw error;
    }
  }

  /** Answers under way break off. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    for (const conversation of [...this.#open]) conversation.fail(stopping());
    await this.#stop();
  }

  /** Ends the thread at once, whatever it is at; that fails with `error`. The next answer has another thread. */
  end(error: Error): void {
    const worker = this.#worker;
    this.#worker = null;
    for (const conversation of [...this.#open]) conversation.fail(error);
    void worker?.terminate();
  }

  #started(): Worker {
    if (this.#closed) throw stopping();
    clearTimeout(this.#idle);
    if (this.#worker !== null) return this.#worker;
    const worker = this.#start();
    this.#worker = worker;
    const fail = (error: Error) => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const conversation of [...this.#open]) conversation.fail(error);
    };
    worker.on("error", (error) => fail(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => fail(new Error("the thread ended in the middle of its work")));
    // It is there for answers: it alone keeps no process running.
    worker.unref();
    return worker;
  }

  #forget(conversation: Conversation): void {
    this.#open.delete(conversation);
    if (this.#open.size > 0 || this.#closed) return;
    clearTimeout(this.#idle);
    if (this.#idleMs === Number.POSITIVE_INFINITY) return;
    this.#idle = setTimeout(() => void this.#stop(), this.#idleMs);
    this.#idle.unref();
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    if (worker === null) return;
    const exited = once(worker, "exit");
    worker.ref();
    worker.postMessage("close");
    const late = setTimeout(() => void worker.terminate(), CLOSE_GRACE_MS);
    await exited.catch(() => undefined);
    clearTimeout(late);
  }
}

function stopping(): AppError {
  return new AppError("dependency_unavailable", "The server is stopping. Try again in a moment.");
}

/** One answer's messages, read in their order. */
class Conversation {
  readonly #port: MessagePort;
  readonly #ended: () => void;
  readonly #answers: Answer[] = [];
  #failure: Error | null = null;
  #wake: () => void = () => undefined;
  #isOpen = true;

  constructor(port: MessagePort, ended: () => void) {
    this.#port = port;
    this.#ended = ended;
    port.on("message", (answer: Answer) => {
      this.#answers.push(answer);
      this.#wake();
    });
  }

  async head(): Promise<unknown> {
    const first = await this.#next();
    if (typeof first === "object" && "head" in first) return first.head;
    throw new Error("bytes came before their head");
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    try {
      this.#ask("next");
      for (;;) {
        const answer = await this.#next();
        if (answer === "done") return;
        if (!("piece" in answer)) throw new Error("a head came in the middle");
        this.#ask("next");
        yield answer.piece;
      }
    } finally {
      this.end();
    }
  }

  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#port.postMessage("end" satisfies Wanted);
    this.#port.close();
    this.#ended();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
    this.end();
  }

  #ask(wanted: Wanted): void {
    if (this.#isOpen) this.#port.postMessage(wanted);
  }

  async #next(): Promise<Exclude<Answer, { error: unknown }>> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) {
        if (typeof answer === "object" && "error" in answer) throw deserializeError(answer.error);
        return answer;
      }
      if (this.#failure) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
