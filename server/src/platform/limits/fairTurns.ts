/**
 * A few places for work that takes long: whoever asks waits until there is one. Keys take turns, however much each has
 * waiting, and where there are several places none has all of them.
 */
export class FairTurns {
  readonly #mostOfOne: number;
  #free: number;
  /** In the order in which it is their turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #begun = new Map<string, number>();

  constructor(places: number) {
    this.#free = places;
    this.#mostOfOne = Math.max(1, places - 1);
  }

  /** Fulfilled when it is its turn, with what gives the place back. */
  async enter(key: string): Promise<() => void> {
    await new Promise<void>((begin) => {
      const own = this.#waiting.get(key);
      if (own === undefined) this.#waiting.set(key, [begin]);
      else own.push(begin);
      this.#beginNext();
    });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#leave(key);
    };
  }

  #leave(key: string): void {
    const left = this.#begun.get(key)! - 1;
    if (left > 0) this.#begun.set(key, left);
    else this.#begun.delete(key);
    this.#free++;
    this.#beginNext();
  }

  #beginNext(): void {
    for (const [key, own] of this.#waiting) {
      if (this.#free === 0) return;
      const begun = this.#begun.get(key) ?? 0;
      if (begun >= this.#mostOfOne) continue;
      const begin = own.shift()!;
      // Behind all others that wait.
      this.#waiting.delete(key);
      if (own.length > 0) this.#waiting.set(key, own);
      this.#begun.set(key, begun + 1);
      this.#free--;
      begin();
    }
  }
}
