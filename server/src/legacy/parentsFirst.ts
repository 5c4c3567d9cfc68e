/** Rows so that each comes after its parent, otherwise in their order; of a circle, in their order. */
export function parentsFirst<T extends { readonly id: number }>(
  rows: readonly T[],
  parentOf: (row: T) => number | null,
): T[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = new Set<T>();
  for (const row of rows) {
    const path: T[] = [];
    for (let at: T | undefined = row; at && !ordered.has(at) && !path.includes(at); ) {
      path.push(at);
      const parent: number | null = parentOf(at);
      at = parent === null ? undefined : byId.get(parent);
    }
    for (const each of path.reverse()) ordered.add(each);
  }
  return [...ordered];
}
