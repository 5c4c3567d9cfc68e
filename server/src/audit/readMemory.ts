import type pg from "pg";
import type { Author, ReadMemory, ReadTarget } from "../platform/author.ts";
import type { Log } from "../platform/logs/log.ts";
import { insertRepeated, type RepeatedRead } from "./sequencing.ts";

export interface ReadMemoryOptions {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly log: Log;
  /** 0: every read makes an entry. */
  readonly windowMs: number;
  readonly now?: () => number;
  readonly mostWindows?: number;
  readonly flushEveryMs?: number;
}

interface Window {
  readonly beganMs: number;
  readonly read: Omit<RepeatedRead, "count">;
  count: number;
}

const MOST_WINDOWS = 20_000;
const FLUSH_EVERY_MS = 15_000;

/**
 * Tells each read once for an actor, credential, address, action, subject and place in a window of time: the first at
 * once, before its answer is sent; the rest as one count when the window ends. A crash loses counts, never a first.
 * Bounded: the oldest window ends early when there are too many.
 */
export class CountingReadMemory implements ReadMemory {
  readonly #options: ReadMemoryOptions;
  /** In the order in which they began. */
  readonly #windows = new Map<string, Window>();
  #ended: RepeatedRead[] = [];
  readonly #timer: NodeJS.Timeout;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: ReadMemoryOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.flush(), options.flushEveryMs ?? FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  countRepeated(author: Author, target: ReadTarget): boolean {
    const window = this.#windows.get(keyOf(author, target));
    if (window === undefined || this.#isOver(window)) return false;
    window.count += 1;
    return true;
  }

  remember(author: Author, target: ReadTarget): void {
    if (this.#options.windowMs === 0 || !author.reading) return;
    const key = keyOf(author, target);
    const open = this.#windows.get(key);
    if (open !== undefined) {
      // Two requests at once were both the first.
      if (!this.#isOver(open)) return;
      this.#end(key, open);
    }
    const { userId: user, credential, ip } = author;
    const { action, subject } = author.reading;
    const read = {
      organization: target.organizationId,
      project: target.projectId,
      action,
      subject,
      user,
      credential,
      ip,
    };
    this.#windows.set(key, { beganMs: this.#now(), read, count: 0 });
    const [oldest] = this.#windows;
    if (oldest && this.#windows.size > (this.#options.mostWindows ?? MOST_WINDOWS)) this.#end(...oldest);
  }

  /** Tells the counts of windows that have ended; of all of them once `everything` is asked for. */
  flush({ everything = false } = {}): Promise<void> {
    for (const [key, window] of this.#windows) {
      if (!everything && !this.#isOver(window)) break;
      this.#end(key, window);
    }
    this.#flushing = this.#flushing.then(() => this.#tell());
    return this.#flushing;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush({ everything: true });
  }

  async #tell(): Promise<void> {
    const ended = this.#ended.splice(0);
    if (ended.length === 0) return;
    try {
      await insertRepeated(this.#options.accountsPool, ended);
    } catch (error) {
      // Kept for the next time, but not without end.
      this.#ended = [...ended, ...this.#ended].slice(-MOST_WINDOWS);
      this.#options.log.warn({ err: error, reads: ended.length }, "counts of reads could not be audited");
    }
  }

  #end(key: string, { read, count }: Window): void {
    this.#windows.delete(key);
    if (count > 0) this.#ended.push({ ...read, count });
  }

  #isOver({ beganMs }: Window): boolean {
    return this.#now() - beganMs >= this.#options.windowMs;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** The address is part of it: a stolen credential that is used from elsewhere makes an entry at once. */
function keyOf({ userId, credential, ip, reading }: Author, target: ReadTarget): string {
  return JSON.stringify([
    userId,
    credential,
    ip,
    reading?.action,
    reading?.subject,
    target.organizationId,
    target.projectId,
  ]);
}
