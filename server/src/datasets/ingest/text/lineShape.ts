const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;

/** Nothing but spaces and delimiters: spreadsheets leave such rows behind the last one. */
export function isBlankRow(bytes: Uint8Array, start: number, delimiter: number): boolean {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === LF || byte === CR) return true;
    if (byte !== SPACE && byte !== TAB && byte !== delimiter) return false;
  }
  return true;
}

/** Whether one of these lines stands here again: headers, in files that were put together of several. */
export function isRepeated(bytes: Uint8Array, start: number, lines: readonly Uint8Array[]): boolean {
  return lines.some((line) => {
    for (let i = 0; i < line.length; i++) if (bytes[start + i] !== line[i]) return false;
    const end = start + line.length;
    return end >= bytes.length || bytes[end] === LF || bytes[end] === CR;
  });
}

/** Where the line at `start` ends, before its line end. */
export function restOfLine(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at++;
  return at;
}
