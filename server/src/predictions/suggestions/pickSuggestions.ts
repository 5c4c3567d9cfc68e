import type { RowInterval } from "../types.ts";

/** The first `count` of some intervals that do not touch each other, in their order. Cost: their number × count. */
export function pickSuggestions<T extends RowInterval>(from: readonly T[], count: number): T[] {
  const picked: T[] = [];
  for (const candidate of from) {
    if (picked.length >= count) break;
    if (!picked.some((other) => touches(other, candidate))) picked.push(candidate);
  }
  return picked;
}

function touches(a: RowInterval, b: RowInterval): boolean {
  return a.start_index <= b.end_index && b.start_index <= a.end_index;
}
