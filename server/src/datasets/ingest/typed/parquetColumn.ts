import type { ColumnMetaData, DecodedArray, ParquetParsers, ParquetType, SchemaTree } from "hyparquet";
import { assembleLists } from "hyparquet/src/assemble.js";
import { parquetHeader } from "hyparquet/src/column.js";
import { convert, convertWithDictionary } from "hyparquet/src/convert.js";
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { readPlain } from "hyparquet/src/plain.js";
import type { ColumnDecoder, PageHeader } from "hyparquet/src/types.js";
import type { UnpackingLimit } from "../unpackingLimit.ts";
import { compressors, MAX_PAGE_BYTES } from "./parquetCodecs.ts";
import { checkDeltas, checkRuns } from "./parquetRuns.ts";
import { thriftLength } from "./thriftBounds.ts";

/** A header with its statistics. */
const MAX_HEADER_VALUES = 10_000;

export interface ColumnChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly meta: ColumnMetaData;
  /** Root and leaf. */
  readonly schemaPath: SchemaTree[];
  readonly rows: number;
  readonly parsers: ParquetParsers;
  readonly limit: UnpackingLimit;
}

/**
 * Reads a flat column's chunk page by page. Whatever a page says of itself is held against the rows and bytes that
 * there are before the library makes arrays by it.
 *
 * @param take Gets the values of each page in order. There may be fewer than `rows` in all, but not more.
 * @throws {RefusedFile} beyond the file's limit. @throws {RangeError} and whatever the library throws: damaged.
 */
export function readColumnChunk(chunk: ColumnChunk, take: (values: DecodedArray) => void): void {
  const { bytes, meta, schemaPath, rows, parsers, limit } = chunk;
  const { element } = schemaPath[schemaPath.length - 1];
  const decoder: ColumnDecoder = {
    pathInSchema: meta.path_in_schema,
    type: meta.type,
    element,
    schemaPath,
    codec: meta.codec,
    parsers,
    compressors,
  };
  const nullable = element.repetition_type === "OPTIONAL";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let dictionary: DecodedArray | undefined;
  let read = 0;
  for (let at = 0; read < rows && at < bytes.length - 1; ) {
    const headerEnd = at + thriftLength(bytes, at, MAX_HEADER_VALUES);
    const header = parquetHeader({ view, offset: at });
    requireSizes(header, bytes.length - headerEnd);
    const packed = bytes.subarray(headerEnd, headerEnd + header.compressed_page_size);
    at = headerEnd + header.compressed_page_size;
    limit.addBytes(header.uncompressed_page_size);
    if (header.type === "DICTIONARY_PAGE") {
      const page = decompressPage(packed, header.uncompressed_page_size, decoder.codec, compressors);
      const count = header.dictionary_page_header?.num_values ?? -1;
      requirePlain(page.length, count, decoder);
      const reader = { view: viewOf(page), offset: 0 };
      dictionary = convert(readPlain(reader, decoder.type, count, element.type_length), decoder);
      continue;
    }
    const page = { header, packed, most: rows - read, nullable };
    const data = header.type === "DATA_PAGE_V2" ? pageV2(page, decoder, limit) : pageV1(page, decoder, limit);
    const values = convertWithDictionary(data.dataPage, dictionary, data.encoding, decoder);
    const cells = assembleLists([], data.definitionLevels, data.repetitionLevels, values, schemaPath);
    // A page of no values at all comes back as one empty list.
    if (data.count === 0) continue;
    if (cells.length !== data.count)
      throw new RangeError(`a page of ${cells.length} values that says ${data.count}`);
    read += cells.length;
    take(cells);
  }
}

interface Page {
  readonly header: PageHeader;
  readonly packed: Uint8Array;
  /** Rows that are left. */
  readonly most: number;
  readonly nullable: boolean;
}

type PageData = ReturnType<typeof readDataPage> & { readonly encoding: Encoding; readonly count: number };
type Encoding = Parameters<typeof convertWithDictionary>[2];

function pageV1(
  { header, packed, most, nullable }: Page,
  decoder: ColumnDecoder,
  limit: UnpackingLimit,
): PageData {
  const head = header.data_page_header;
  if (head === undefined) throw new RangeError(`a page of type ${header.type}`);
  requireCount(head.num_values, most);
  const page = decompressPage(packed, header.uncompressed_page_size, decoder.codec, compressors);
  let at = 0;
  let present = head.num_values;
  if (nullable) {
    at = 4 + viewOf(page).getUint32(0, true);
    if (at > page.length) throw new RangeError("a page without its values");
    checkRuns(page, 4, at, 1, head.num_values);
    const levels = new Uint8Array(head.num_values);
    readRleBitPackedHybrid({ view: viewOf(page), offset: 4 }, 1, levels, at - 4);
    present = levels.reduce((count, level) => count + level, 0);
  }
  checkValues({ page, at, encoding: head.encoding, present }, decoder, limit);
  return { ...readDataPage(page, head, decoder), encoding: head.encoding, count: head.num_values };
}

function pageV2(
  { header, packed, most, nullable }: Page,
  decoder: ColumnDecoder,
  limit: UnpackingLimit,
): PageData {
  const head = header.data_page_header_v2;
  if (head === undefined) throw new RangeError("a page without its header");
  requireCount(head.num_values, most);
  requireCount(head.num_nulls, head.num_values);
  const levels = head.definition_levels_byte_length;
  if (head.repetition_levels_byte_length !== 0 || !(levels >= 0 && levels <= packed.length)) {
    throw new RangeError("a page whose levels are not as its column");
  }
  if (nullable) checkRuns(packed, 0, levels, 1, head.num_values);
  const size = header.uncompressed_page_size - levels;
  const rest = packed.subarray(levels);
  const plain = head.is_compressed === false ? rest : decompressPage(rest, size, decoder.codec, compressors);
  const present = head.num_values - head.num_nulls;
  checkValues({ page: plain, at: 0, encoding: head.encoding, present }, decoder, limit);
  // Put together again, for the library takes levels and values from one array.
  const page = new Uint8Array(levels + plain.length);
  page.set(packed.subarray(0, levels));
  page.set(plain, levels);
  const unpacked = {
    ...header,
    uncompressed_page_size: page.length,
    data_page_header_v2: { ...head, is_compressed: false },
  };
  return { ...readDataPageV2(page, unpacked, decoder), encoding: head.encoding, count: head.num_values };
}

interface PageValues {
  readonly page: Uint8Array;
  /** Where they begin. */
  readonly at: number;
  readonly encoding: Encoding;
  /** How many there are: those that are not null. */
  readonly present: number;
}

function checkValues(
  { page, at, encoding, present }: PageValues,
  decoder: ColumnDecoder,
  limit: UnpackingLimit,
): void {
  const boolean = decoder.type === "BOOLEAN";
  if (encoding === "PLAIN" || encoding === "BYTE_STREAM_SPLIT") {
    requirePlain(page.length - at, present, decoder);
  } else if (encoding.startsWith("DELTA_")) {
    const mostBytes = Math.min(MAX_PAGE_BYTES, limit.bytesLeft);
    limit.addBytes(checkDeltas(page, at, { encoding, values: present, mostBytes }));
  } else if ((encoding === "RLE") !== boolean) {
    throw new RangeError(`values of type ${decoder.type} in encoding ${encoding}`);
  } else if (boolean) checkRuns(page, at + 4, page.length, 1, present);
  else checkRuns(page, at + 1, page.length, page[at], present);
}

/** Bits of a value that is written as it is, at least. */
const PLAIN_BITS: Readonly<Record<ParquetType, number>> = {
  BOOLEAN: 1,
  INT32: 32,
  FLOAT: 32,
  BYTE_ARRAY: 32,
  INT64: 64,
  DOUBLE: 64,
  INT96: 96,
  FIXED_LEN_BYTE_ARRAY: 8,
};

function requirePlain(bytes: number, count: number, { type, element }: ColumnDecoder): void {
  const bits = type === "FIXED_LEN_BYTE_ARRAY" ? 8 * (element.type_length ?? 0) : PLAIN_BITS[type];
  if (!(count >= 0 && count * bits <= bytes * 8))
    throw new RangeError(`${count} values in a page of ${bytes} bytes`);
}

function requireCount(count: number, most: number): void {
  if (!(count >= 0 && count <= most))
    throw new RangeError(`a page of ${count} values where ${most} are left`);
}

function requireSizes({ compressed_page_size, uncompressed_page_size }: PageHeader, left: number): void {
  if (!(compressed_page_size >= 0 && compressed_page_size <= left))
    throw new RangeError(`a page of ${compressed_page_size} bytes where ${left} are left`);
  if (!(uncompressed_page_size >= 0 && uncompressed_page_size <= MAX_PAGE_BYTES))
    throw new RangeError(`a page that unpacks to ${uncompressed_page_size} bytes`);
}

function viewOf(page: Uint8Array): DataView {
  return new DataView(page.buffer, page.byteOffset, page.byteLength);
}
