/**
 * Colours that stay apart under the common kinds of colour blindness: Okabe and Ito's, then Paul Tol's "muted".
 * The first five belong to the default categories.
 */
export const categoryColours = [
  "#0072b2",
  "#e69f00",
  "#009e73",
  "#d55e00",
  "#cc79a7",
  "#56b4e9",
  "#f0e442",
  "#332288",
  "#44aa99",
  "#999933",
  "#882255",
  "#ddcc77",
  "#aa4499",
  "#999999",
] as const;

/** The first colour nobody has yet; once all are taken, the one used least. */
export function nextColour(taken: readonly string[]): string {
  const uses = new Map<string, number>(categoryColours.map((colour) => [colour, 0]));
  for (const colour of taken) {
    const key = colour.toLowerCase();
    if (uses.has(key)) uses.set(key, uses.get(key)! + 1);
  }
  let best: string = categoryColours[0];
  for (const [colour, count] of uses) {
    if (count < uses.get(best)!) best = colour;
  }
  return best;
}
