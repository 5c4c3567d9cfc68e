import { splitText } from "./dialect.ts";
import { isCommentByte } from "./splitRecords.ts";

/** A text from its byte `start` on. */
export async function* textFrom(text: AsyncIterable<Uint8Array>, start: number): AsyncGenerator<Uint8Array> {
  let skip = start;
  for await (const piece of text) {
    if (skip < piece.length) yield piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
  }
}

/** Shows each cell of one column, until `visit` returns false. Comments and blank lines are left out. */
export async function scanColumn(
  text: AsyncIterable<Uint8Array>,
  { delimiter, position }: { readonly delimiter: string; readonly position: number },
  visit: (cell: string) => boolean,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  const showLine = (line: string): boolean => {
    if (line.trim() === "" || isCommentByte(line.charCodeAt(0))) return true;
    const cells =
      line.includes('"') || delimiter === " "
        ? (splitText(line, delimiter, 1)[0]?.cells ?? [])
        : line.split(delimiter, position + 1);
    return visit(cells[position]?.trim() ?? "");
  };
  for await (const piece of text) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r\n|\r|\n/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (!showLine(line)) return;
  }
  showLine(rest + decoder.decode());
}
