import type { SyncSource } from "./hdf5Library.ts";

export const PAGE_BYTES = 256 * 1024;
const PAGES_KEPT = 64;
/** States of a page that is asked for. */
export const ASKED = 0;
export const GIVEN = 1;
export const FAILED = 2;

/** What two threads share: a state to wait on, and a page. */
export interface SharedPage {
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

export function sharedPage(): SharedPage {
  return {
    state: new Int32Array(new SharedArrayBuffer(4)),
    bytes: new Uint8Array(new SharedArrayBuffer(PAGE_BYTES)),
  };
}

/** A file that another thread reads, page by page, while this one waits. The last 16 MiB are kept. */
export class SharedPages implements SyncSource {
  readonly size: number;
  readonly #shared: SharedPage;
  readonly #ask: (page: number) => void;
  /** The least recently used first. */
  readonly #pages = new Map<number, Uint8Array>();

  /** @param ask Tells the other thread which page is wanted. */
  constructor(size: number, shared: SharedPage, ask: (page: number) => void) {
    this.size = size;
    this.#shared = shared;
    this.#ask = ask;
  }

  read(at: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const page = Math.floor((at + done) / PAGE_BYTES);
      const bytes = this.#page(page);
      const from = at + done - page * PAGE_BYTES;
      const some = bytes.subarray(from, from + into.length - done);
      if (some.length === 0) break;
      into.set(some, done);
      done += some.length;
    }
    return done;
  }

  #page(page: number): Uint8Array {
    const known = this.#pages.get(page) ?? this.#fetch(page);
    this.#pages.delete(page);
    this.#pages.set(page, known);
    return known;
  }

  #fetch(page: number): Uint8Array {
    const { state, bytes } = this.#shared;
    Atomics.store(state, 0, ASKED);
    this.#ask(page);
    Atomics.wait(state, 0, ASKED);
    if (Atomics.load(state, 0) === FAILED) throw new Error("the file cannot be read");
    const own = bytes.slice(0, Math.min(PAGE_BYTES, this.size - page * PAGE_BYTES));
    if (this.#pages.size >= PAGES_KEPT) {
      for (const oldest of this.#pages.keys()) {
        this.#pages.delete(oldest);
        break;
      }
    }
    return own;
  }
}
