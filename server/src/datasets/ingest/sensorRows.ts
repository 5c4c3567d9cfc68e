/** Row positions of each sensor, ascending, sensors by number. */
export function rowsBySensor(codes: Int32Array): [code: number, indices: Int32Array][] {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  const found = new Map(
    [...counts].map(([code, count]) => [code, { indices: new Int32Array(count), filled: 0 }]),
  );
  for (let i = 0; i < codes.length; i++) {
    const own = found.get(codes[i])!;
    own.indices[own.filled++] = i;
  }
  return [...found]
    .map(([code, { indices }]): [number, Int32Array] => [code, indices])
    .sort(([a], [b]) => a - b);
}

/** The values at some positions, in their order. */
export function gathered(from: Float64Array, indices: Int32Array): Float64Array {
  const into = new Float64Array(indices.length);
  for (let i = 0; i < indices.length; i++) into[i] = from[indices[i]];
  return into;
}
