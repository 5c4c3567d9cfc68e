const MOST_CHARACTERS = 255;

/** The name, or the first of "NAME (2)", "NAME (3)" … that nobody has, whatever its case. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const known = new Set(taken.map((name) => name.toLowerCase()));
  let name = wanted;
  for (let number = 2; known.has(name.toLowerCase()); number++) {
    const suffix = ` (${number})`;
    name = wanted.slice(0, MOST_CHARACTERS - suffix.length) + suffix;
  }
  return name;
}
