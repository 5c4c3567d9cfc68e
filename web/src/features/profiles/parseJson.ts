export type ParsedJson = { ok: true; value: unknown } | { ok: false; says: string };

/** Reads JSON, or says in which line and column it ends being some. */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : "it cannot be read";
    // Browsers tell the place in characters, in lines and columns, or not at all.
    const said = /line (\d+) column (\d+)/.exec(message);
    const position = /position (\d+)/.exec(message)?.[1];
    if (said !== null) return { ok: false, says: `line ${said[1]}, column ${said[2]}: ${bare(message)}.` };
    if (position === undefined) return { ok: false, says: `${bare(message)}.` };
    const before = text.slice(0, Number(position)).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    return { ok: false, says: `line ${before.length}, column ${column}: ${bare(message)}.` };
  }
}

function bare(message: string): string {
  return message
    .replace(/^JSON\.parse: /, "")
    .replace(/ (in|of the) JSON( data)?( at .*)?$/, "")
    .replace(/ at (position|line) .*$/, "")
    .replace(/, (\.\.\.)?".*"(\.\.\.)? is not valid JSON$/s, "");
}
