import { createRandom } from "@magtrace/signal";

/** Seeded choices. */
export interface Draw {
  fraction(): number;
  /** From `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<Item>(items: readonly Item[]): Item;
  chance(probability: number): boolean;
  /** The same text for a whole file. */
  fixed(text: string): string;
  /** True in one file of five, and the same throughout the file. */
  readonly seldom: boolean;
}

export function createDraw(seed: number): Draw {
  const random = createRandom(seed);
  const seldom = random() < 0.2;
  const integer = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  return {
    fraction: random,
    integer,
    pick: (items) => items[integer(0, items.length - 1)]!,
    chance: (probability) => random() < probability,
    fixed: (text) => text,
    seldom,
  };
}
