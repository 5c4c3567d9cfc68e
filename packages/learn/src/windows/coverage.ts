import type { Label } from "../types.ts";

export interface Cover {
  category: string;
  /** Position in the list of labels of the one that covers most, the later of equals. */
  label: number;
  /** Rows of the range inside labels of this category, each counted once. */
  rows: number;
}

export interface Coverage {
  /**
   * What covers rows start … end, both inclusive: the category with most rows, of equals that of the label created
   * last. Null when no label touches the range. Cost O(labels touching it).
   */
  at(start: number, end: number): Cover | null;
}

/** Prepares questions about which labels cover a range. Cost O(labels log labels). */
export function createCoverage(labels: readonly Label[]): Coverage {
  const byStart = labels
    .map((_, i) => i)
    .sort((a, b) => labels[a]!.startIndex - labels[b]!.startIndex || a - b);
  const furthestEnd = new Float64Array(byStart.length);
  for (const [i, at] of byStart.entries()) {
    furthestEnd[i] = Math.max(i > 0 ? furthestEnd[i - 1]! : Number.NEGATIVE_INFINITY, labels[at]!.endIndex);
  }

  function touching(start: number, end: number): number[] {
    let low = 0;
    let high = byStart.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (labels[byStart[middle]!]!.startIndex <= end) low = middle + 1;
      else high = middle;
    }
    const found: number[] = [];
    for (let i = low - 1; i >= 0 && furthestEnd[i]! >= start; i--) {
      if (labels[byStart[i]!]!.endIndex >= start) found.push(byStart[i]!);
    }
    return found.reverse(); // ascending by start
  }

  function at(start: number, end: number): Cover | null {
    const covers = new Map<string, Cover & { last: number; reached: number; most: number }>();
    for (const index of touching(start, end)) {
      const label = labels[index]!;
      const from = Math.max(start, label.startIndex);
      const to = Math.min(end, label.endIndex);
      let cover = covers.get(label.category);
      if (cover === undefined) {
        cover = { category: label.category, label: index, rows: 0, last: index, reached: start - 1, most: 0 };
        covers.set(label.category, cover);
      }
      cover.rows += Math.max(0, to - Math.max(from - 1, cover.reached));
      cover.reached = Math.max(cover.reached, to);
      cover.last = Math.max(cover.last, index);
      const own = to - from + 1;
      if (own > cover.most || (own === cover.most && index > cover.label)) {
        cover.most = own;
        cover.label = index;
      }
    }
    let best: (Cover & { last: number }) | null = null;
    for (const cover of covers.values()) {
      if (best === null || cover.rows > best.rows || (cover.rows === best.rows && cover.last > best.last))
        best = cover;
    }
    return best === null ? null : { category: best.category, label: best.label, rows: best.rows };
  }

  return { at };
}
