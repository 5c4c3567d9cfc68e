import { randomBytes } from "node:crypto";
import type { ProjectEvent } from "@magtrace/contracts";

/** Of what has been heard lately, newest last. */
const MOST_BYTES = 2 * 1024 * 1024;

export interface HeardEvent {
  /** The same in every process. */
  readonly id: string;
  readonly event: ProjectEvent;
}

interface Kept extends HeardEvent {
  readonly bytes: number;
}

export function newEventId(): string {
  return randomBytes(9).toString("base64url");
}

/**
 * What this process has heard of, in the order in which it was committed, so that whoever comes back, also from another
 * process, goes on after the event they heard last. Bounded in bytes.
 */
export class EventHistory {
  readonly #mostBytes: number;
  /** By their ids; the first is the oldest. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;
  /** The event that was heard before the oldest kept one, or the beginning. */
  #before = newEventId();
  #latest = this.#before;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** The id of what was heard last. */
  get latest(): string {
    return this.#latest;
  }

  add(heard: HeardEvent, bytes: number): void {
    this.#kept.set(heard.id, { ...heard, bytes });
    this.#bytes += bytes;
    this.#latest = heard.id;
    for (const [id, oldest] of this.#kept) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#kept.delete(id);
      this.#bytes -= oldest.bytes;
      this.#before = id;
    }
  }

  /** What came after the event with this id; null where that is not known any more, or never was. */
  after(id: string): HeardEvent[] | null {
    const all = [...this.#kept.values()];
    if (id === this.#before) return all;
    if (!this.#kept.has(id)) return null;
    return all.slice(all.findIndex((each) => each.id === id) + 1);
  }

  /** Something may have been missed: nobody can go on after what they heard before. */
  forget(): void {
    this.#kept.clear();
    this.#bytes = 0;
    this.#before = newEventId();
    this.#latest = this.#before;
  }
}
