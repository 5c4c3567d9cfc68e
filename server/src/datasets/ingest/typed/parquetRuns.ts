import { deltaBinaryUnpack } from "hyparquet/src/delta.js";

/** Writers fill the last run up to eight values; nobody fills it further than this. */
const PADDING = 512;
const MAX_DELTA_BLOCK = 1 << 20;

/**
 * Walks runs of the RLE and bit-packing hybrid, and refuses one that is longer than what it stands for: a reader that
 * believes a run's length makes as many values.
 *
 * @param values How many the runs may hold; they may end earlier.
 * @throws {RangeError} Source: Apache Parquet, Encodings.md.
 */
export function checkRuns(page: Uint8Array, from: number, to: number, width: number, values: number): void {
  const valueBytes = (width + 7) >> 3;
  let left = values;
  for (let at = from; at < to && left > 0; ) {
    let head = 0;
    let scale = 1;
    for (;;) {
      if (at >= to || scale > 2 ** 35) throw new RangeError("a run is cut short");
      const byte = page[at++];
      head += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) break;
    }
    const packed = head % 2 === 1;
    const length = packed ? (head - 1) * 4 : head / 2;
    if (length > left + PADDING)
      throw new RangeError(`a run of ${length} values where there are at most ${left}`);
    left -= length;
    at += packed ? (length / 8) * width : valueBytes;
  }
}

interface Reader {
  readonly view: DataView;
  offset: number;
}

/** Block sizes of delta encodings become arrays. @throws {RangeError} they are out of proportion. */
function checkDeltaHead({ view, offset }: Reader): void {
  let at = offset;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a delta encoding whose sizes are too large");
  };
  const block = varint();
  const parts = varint();
  if (block === 0 || block > MAX_DELTA_BLOCK || parts === 0 || block % parts !== 0) {
    throw new RangeError(`a delta encoding in blocks of ${block} values and ${parts} parts`);
  }
}

/**
 * Checks delta-encoded values before they are read.
 *
 * @param mostBytes What texts that share their beginnings may come to.
 * @returns Bytes that those texts come to; 0 for numbers.
 * @throws {RangeError}
 */
export function checkDeltas(
  page: Uint8Array,
  from: number,
  options: { readonly encoding: string; readonly values: number; readonly mostBytes: number },
): number {
  if (options.values === 0) return 0;
  const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: from };
  checkDeltaHead(reader);
  if (options.encoding !== "DELTA_BYTE_ARRAY") return 0;
  const shared = new Int32Array(options.values);
  deltaBinaryUnpack(reader, options.values, shared);
  checkDeltaHead(reader);
  const own = new Int32Array(options.values);
  deltaBinaryUnpack(reader, options.values, own);
  let before = 0;
  let total = 0;
  for (let i = 0; i < options.values; i++) {
    if (shared[i] < 0 || own[i] < 0 || shared[i] > before) throw new RangeError("a text shares too much");
    before = shared[i] + own[i];
    total += before;
    if (total > options.mostBytes) throw new RangeError(`texts of more than ${options.mostBytes} bytes`);
  }
  return total;
}
