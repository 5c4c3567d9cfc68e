import { RefusedFile } from "../findings.ts";

const MAX_LINE_BYTES = 1024 * 1024;
const LINE_FEED = 10;

export interface TextLine {
  /** 1-based. */
  readonly line: number;
  /** Without its line end. */
  readonly text: string;
  /** Whether the file ends with it, and no line end follows: it may have been cut off. */
  readonly open: boolean;
}

/**
 * Lines of a text, some at a time. A byte order mark is left out. `latin1` fits formats that are ASCII but for names.
 *
 * @throws {RefusedFile} a line longer than a MiB.
 */
export async function* textLines(
  bytes: AsyncIterable<Uint8Array>,
  encoding: "utf8" | "latin1",
): AsyncGenerator<TextLine[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, chunk]);
      requireShort(rest.length, line + 1);
      continue;
    }
    const whole = Buffer.concat([rest, chunk.subarray(0, end)]);
    rest = Buffer.from(chunk.subarray(end));
    const lines = splitLines(whole, encoding, line);
    line += lines.length;
    yield lines;
  }
  if (rest.length > 0) yield [{ line: line + 1, text: textOf(rest, encoding, line === 0), open: true }];
}

function splitLines(whole: Buffer, encoding: "utf8" | "latin1", before: number): TextLine[] {
  const lines: TextLine[] = [];
  for (let at = 0; at < whole.length; ) {
    const end = whole.indexOf(LINE_FEED, at);
    const line = before + lines.length + 1;
    requireShort(end - at, line);
    lines.push({ line, text: textOf(whole.subarray(at, end), encoding, line === 1), open: false });
    at = end + 1;
  }
  return lines;
}

function requireShort(length: number, line: number): void {
  if (length <= MAX_LINE_BYTES) return;
  throw new RefusedFile({
    code: "field_too_long",
    line,
    expected: `lines of at most ${MAX_LINE_BYTES} bytes`,
  });
}

function textOf(bytes: Buffer, encoding: "utf8" | "latin1", first: boolean): string {
  const marked = first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = bytes.toString(encoding, marked ? 3 : 0);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
