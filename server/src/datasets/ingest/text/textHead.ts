import { peekBytes } from "../byteStream.ts";
import { columnName, fitOf, TARGETS } from "../cells/columnNames.ts";
import { fieldNameOf } from "../cells/fieldNames.ts";
import { RefusedFile } from "../findings.ts";
import type { ColumnMapping } from "../types.ts";
import { type Dialect, dialectOf } from "./findHeader.ts";
import { isRow } from "./headColumns.ts";
import { MAX_RECORD_BYTES } from "./recordChunks.ts";
import { countLines, lastRecordEnd, lineEndOf } from "./splitRecords.ts";
import { encodingNamed, encodingOf, isWindows1252, textFault } from "./textEncoding.ts";

/** What header, dialect and unknown columns are judged by; more of it only where this holds no whole row. */
export const HEAD_BYTES = 256 * 1024;

/** The encoding of a text: the caller's word, its byte order mark, or what its bytes are. */
export function textEncoding(
  head: Uint8Array,
  mapping: ColumnMapping | undefined,
): ReturnType<typeof encodingOf> {
  if (mapping?.encoding !== undefined) return encodingNamed(mapping.encoding, head);
  const marked = encodingOf(head);
  if (marked.markLength > 0 || !isWindows1252(head)) return marked;
  return { encoding: "windows-1252", markLength: 0 };
}

export interface TextHead {
  readonly text: Awaited<ReturnType<typeof peekBytes>>;
  readonly whole: number;
  readonly dialect: Dialect | null;
}

/** Reads on until the header and a row are seen whole. */
export async function headOf(
  decoded: AsyncIterable<Uint8Array>,
  mapping: ColumnMapping | undefined,
): Promise<TextHead> {
  let text = await peekBytes(decoded, HEAD_BYTES);
  let whole = wholeRecords(text.head, HEAD_BYTES);
  let dialect = whole > 0 ? headDialect(text.head.subarray(0, whole), mapping) : null;
  if ((dialect === null || dialect.rows.length === 0) && text.head.length >= HEAD_BYTES) {
    text = await peekBytes(text.all, MAX_RECORD_BYTES);
    whole = wholeRecords(text.head, MAX_RECORD_BYTES);
    dialect = whole > 0 ? headDialect(text.head.subarray(0, whole), mapping) : null;
  }
  return { text, whole, dialect };
}

/** Length of the whole records at the head's beginning; all of a text that ends within it. */
function wholeRecords(head: Uint8Array, asked: number): number {
  return head.length < asked ? head.length : lastRecordEnd(head, lineEndOf(head));
}

/** Where the first byte is that stands in no text; −1 without one. */
function controlIn(head: Uint8Array): number {
  for (let at = 0; at < head.length; at++) {
    const byte = head[at];
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) return at;
  }
  return -1;
}

function headDialect(head: Uint8Array, mapping: ColumnMapping | undefined): Dialect | null {
  const fault = textFault(head, 0);
  if (fault !== null) {
    const { at, ...finding } = fault;
    throw new RefusedFile({ ...finding, line: countLines(head, at) + 1 });
  }
  const control = controlIn(head);
  if (control >= 0 && head[control] !== 0x1a) {
    const byte = head[control].toString(16).padStart(2, "0");
    throw new RefusedFile({
      code: "binary_content",
      line: countLines(head, control) + 1,
      value: `byte 0x${byte} at offset ${control}`,
      expected: "text without control characters",
    });
  }
  const mapped = new Set(Object.values(mapping?.columns ?? {}).map((name) => name.trim().toLowerCase()));
  const known = (header: readonly string[]): number => {
    const names = header.slice(0, 2000).map((cell) => columnName(cell));
    const targets = TARGETS.filter((target) => names.some((name) => fitOf(name, target) !== null));
    const total = names.some(({ key }) => fieldNameOf(key)?.component === "b") ? 1 : 0;
    return targets.length + total + names.filter(({ text }) => mapped.has(text.toLowerCase())).length;
  };
  const text = new TextDecoder().decode(head);
  const dialect = dialectOf(text, known, mapping);
  const places = Object.values(mapping?.columns ?? {}).some((name) => /^#\d+$/.test(name));
  // Columns named by their places, and no line that names them: the first line is a row.
  if (!places || mapping?.header_line !== undefined || dialect === null || !isRow(dialect)) return dialect;
  return dialectOf(text, known, { ...mapping, header_line: 0 });
}
