/**
 * The most probable class (of equals the first) and its distance to the runner-up; −1 for NaN. With one class the
 * runner-up is nothing, and the margin 1. Cost O(classes).
 */
export function bestClass(
  probabilities: Float64Array,
  at: number,
  classes: number,
): { best: number; margin: number } {
  let best = -1;
  let first = Number.NEGATIVE_INFINITY;
  let second = 0;
  for (let c = 0; c < classes; c++) {
    const p = probabilities[at + c]!;
    if (p > first) {
      if (best >= 0) second = first;
      first = p;
      best = c;
    } else if (p > second) second = p;
  }
  return { best, margin: best < 0 ? 0 : first - second };
}
