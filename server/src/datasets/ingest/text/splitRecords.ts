const LF = 10;
const CR = 13;
const QUOTE = 34;
const HASH = 35;
const SLASH = 47;
const PERCENT = 37;
const EXCLAMATION = 33;

/** Whether a line that begins with this byte is a comment. */
export function isCommentByte(byte: number): boolean {
  return byte === HASH || byte === SLASH || byte === PERCENT || byte === EXCLAMATION;
}

/**
 * Where the last whole record of `bytes` ends, behind its line end; 0 when none ends. Line ends within quotes end no
 * record.
 *
 * @param lineEnd LF, or CR in files that have no LF. A CR at the very end is left: an LF may follow.
 * Cost: a search from the end where there is no quote; else one pass.
 */
export function lastRecordEnd(bytes: Uint8Array, lineEnd: number): number {
  // Of a Uint8Array in shared memory the engine's own search takes six times as long.
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(QUOTE) < 0) {
    const last = bytes.lastIndexOf(lineEnd, lineEnd === CR ? bytes.length - 2 : bytes.length - 1);
    return last + 1;
  }
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const next = recordEnd(bytes, at, lineEnd);
    if (next < 0) break;
    at = next;
    end = next;
  }
  return end;
}

/** End of the record that begins at `at`, behind its line end, or −1 when it does not end. */
function recordEnd(bytes: Uint8Array, at: number, lineEnd: number): number {
  const quoting = !isCommentByte(bytes[at]);
  let quoted = false;
  const limit = lineEnd === CR ? bytes.length - 1 : bytes.length;
  for (let i = at; i < limit; i++) {
    if (bytes[i] === QUOTE) quoted = quoting && !quoted;
    else if (bytes[i] === lineEnd && !quoted) return i + 1;
  }
  return -1;
}

/** LF where there is one in the head, else CR where there is one, else LF. */
export function lineEndOf(head: Uint8Array): number {
  return head.includes(LF) || !head.includes(CR) ? LF : CR;
}

/** Line ends in bytes[0 … end). */
export function countLines(bytes: Uint8Array, end: number): number {
  let lines = 0;
  for (let at = 0; at < end; at++) {
    if (bytes[at] === LF) lines++;
    else if (bytes[at] === CR) {
      let next = at;
      while (bytes[next] === CR) next++;
      if (bytes[next] === LF) at = next;
      lines++;
    }
  }
  return lines;
}
