const LF = 10;
const CR = 13;
const SPACE = 32;
const TAB = 9;
const QUOTE = 34;

/**
 * Text whose columns are set apart by blanks as text with tabs: one for every run of blanks within a line. Line ends
 * stay what and how many they are.
 */
export async function* blanksAsTabs(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let started = false;
  let pending = false;
  let quoted = false;
  for await (const chunk of input) {
    // A run of blanks may end a chunk, and its tab begin the next.
    const out = new Uint8Array(chunk.length + 1);
    let filled = 0;
    for (const byte of chunk) {
      if ((byte === SPACE || byte === TAB) && !quoted) {
        pending = started;
        continue;
      }
      if (byte === LF || byte === CR) {
        started = false;
        pending = false;
        quoted = false;
      } else {
        if (pending) out[filled++] = TAB;
        if (byte === QUOTE) quoted = !quoted;
        pending = false;
        started = true;
      }
      out[filled++] = byte;
    }
    yield out.subarray(0, filled);
  }
}
