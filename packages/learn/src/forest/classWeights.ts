/**
 * Weight of each class: 1, or for "balanced" n / (classes present × examples of the class), so that all classes
 * present weigh the same. A class without examples gets 0. Source: King & Zeng (2001), as in scikit-learn.
 */
export function classWeights(labels: Uint8Array, classes: number, mode: "balanced" | null): Float64Array {
  const weights = new Float64Array(classes);
  if (mode === null) return weights.fill(1);
  const counts = new Uint32Array(classes);
  for (const label of labels) counts[label]!++;
  const present = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  for (let c = 0; c < classes; c++) weights[c] = counts[c] === 0 ? 0 : labels.length / (present * counts[c]!);
  return weights;
}
