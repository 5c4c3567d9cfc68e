import type { Target } from "../types.ts";
import { aliasesOf, type ColumnName } from "./columnNames.ts";
import { isOtherQuantity } from "./fieldNames.ts";

/** Levenshtein distance. Cost O(a × b); names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Up to three columns whose names come nearest to a target's names. */
export function nearestTo(target: Target, names: readonly ColumnName[]): string[] {
  const wanted = aliasesOf(target);
  return names
    .filter(({ text, doubt }) => !isOtherQuantity(text) && doubt?.kind !== "gravity")
    .map((name) => {
      const key = name.key.slice(0, 40);
      return { text: name.text.slice(0, 40), far: Math.min(...wanted.map((one) => distance(key, one))), key };
    })
    .filter(({ far, key }) => far <= Math.max(2, key.length / 2))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ text }) => text);
}
