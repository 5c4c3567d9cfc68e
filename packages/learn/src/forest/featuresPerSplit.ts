/** Features tried at each split: √n, log₂ n, a number, or a share of n; at least 1, at most n. */
export function featuresPerSplit(maxFeatures: "sqrt" | "log2" | number, features: number): number {
  let wanted: number;
  if (maxFeatures === "sqrt") wanted = Math.sqrt(features);
  else if (maxFeatures === "log2") wanted = Math.log2(features);
  else wanted = maxFeatures < 1 ? maxFeatures * features : maxFeatures;
  return Math.max(1, Math.min(features, Math.floor(wanted)));
}
