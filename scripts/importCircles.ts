/**
 * Circles among files that import one another, each as its files in order, beginning with the first by name.
 *
 * Every import that is part of a circle is in one of those named: the shortest that goes through it. Cost O(imports²)
 * at worst, and O(imports) where there are none.
 *
 * @param graph The files that each file imports.
 */
export function importCircles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const left = withoutEnds(graph);
  const circles = new Map<string, string[]>();
  for (const [file, imported] of left) {
    for (const next of imported) {
      const back = shortestPath(left, next, file);
      if (back) {
        const circle = fromFirst(back);
        circles.set(circle.join("\n"), circle);
      }
    }
  }
  return [...circles.values()].sort((a, b) => (a.join("\n") < b.join("\n") ? -1 : 1));
}

/** Takes away files that import nothing, again and again: what is left, if anything, leads into a circle. */
function withoutEnds(graph: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  let left = new Map([...graph].map(([file, imported]) => [file, [...imported]]));
  for (;;) {
    const before = left.size;
    left = new Map(
      [...left]
        .map(([file, imported]) => [file, imported.filter((name) => left.has(name))] as const)
        .filter(([, imported]) => imported.length > 0)
        .map(([file, imported]) => [file, [...imported]]),
    );
    if (left.size === before) return left;
  }
}

function shortestPath(graph: ReadonlyMap<string, readonly string[]>, from: string, to: string) {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const file of cameFrom.keys()) {
    if (file === to) return pathTo(file, cameFrom);
    for (const next of graph.get(file) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, file);
  }
  return null;
}

function pathTo(end: string, cameFrom: ReadonlyMap<string, string | null>): string[] {
  const path: string[] = [];
  for (let at: string | null = end; at !== null; at = cameFrom.get(at) ?? null) path.unshift(at);
  return path;
}

function fromFirst(circle: readonly string[]): string[] {
  const first = circle.indexOf(circle.toSorted()[0]!);
  return [...circle.slice(first), ...circle.slice(0, first)];
}
