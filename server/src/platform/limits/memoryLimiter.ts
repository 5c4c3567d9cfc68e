import { RateLimiterMemory } from "rate-limiter-flexible";

/** Of one limiter. With what is kept of each, some 40 MB; nobody waits for anything the longer who is not counted. */
export const MOST_KEYS = 50_000;

/**
 * Counts in this process, of so many keys at most: addresses are free to whoever has a network of them. Beyond, the
 * longest unused one is forgotten.
 */
export class MemoryLimiter extends RateLimiterMemory {
  /** The longest unused first. */
  readonly #ids = new Set<string>();

  override consume(...given: Parameters<RateLimiterMemory["consume"]>) {
    this.#use(String(given[0]));
    return super.consume(...given);
  }

  override block(...given: Parameters<RateLimiterMemory["block"]>) {
    this.#use(String(given[0]));
    return super.block(...given);
  }

  override delete(...given: Parameters<RateLimiterMemory["delete"]>) {
    this.#ids.delete(String(given[0]));
    return super.delete(...given);
  }

  #use(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= MOST_KEYS) return;
    const [unused] = this.#ids;
    void this.delete(unused!);
  }
}
