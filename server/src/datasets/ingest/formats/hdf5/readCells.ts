import { usOfNanoseconds } from "../../time/calendar.ts";
import type { Hdf5Module } from "./hdf5Library.ts";
import { type Hdf5Cells, type Hdf5Column, Hdf5Refusal, type StoredElement } from "./hdf5Table.ts";

const POINTER_BYTES = 4;
const LONGEST_TEXT = 1000;
const MAX_BATCH_BYTES = 64 * 1024 * 1024;
const NOT_A_TIME = -(1n << 63n);

/**
 * Cells of columns of some rows. Datasets with several columns are read once.
 *
 * @throws {Hdf5Refusal} they cannot be read, or are more than may be held in memory.
 */
export function readCells(
  module: Hdf5Module,
  fileId: bigint,
  columns: readonly Hdf5Column[],
  { from, rows }: { from: number; rows: number },
): Hdf5Cells[] {
  const answers: Hdf5Cells[] = new Array(columns.length);
  const groups = Map.groupBy(columns.keys(), (i) => `${columns[i].across} ${columns[i].path}`);
  for (const positions of groups.values()) {
    const of = columns[positions[0]];
    const bytes = of.stride * rows;
    if (bytes > MAX_BATCH_BYTES) throw new Hdf5Refusal(`rows of ${of.stride} bytes are too long`);
    const pointer = module._malloc(Math.max(1, bytes));
    if (pointer === 0) throw new Hdf5Refusal("it needs more memory than a file may take");
    try {
      // What a read that fails leaves in memory is not to be taken for data.
      module.HEAPU8.fill(0, pointer, pointer + bytes);
      const { count, offset } = selection(of, from, rows);
      const status = module.get_dataset_data(
        fileId,
        of.path,
        count,
        offset,
        count.map(() => 1n),
        BigInt(pointer),
      );
      if (status < 0) throw new Hdf5Refusal(`${of.path} cannot be read at row ${from}`);
      const view = new DataView(module.HEAPU8.buffer, pointer, bytes);
      for (const i of positions) answers[i] = decoded(module, view, columns[i], rows);
    } finally {
      module._free(pointer);
    }
  }
  return answers;
}

function selection(
  { rank, axis, across, width }: Hdf5Column,
  from: number,
  rows: number,
): {
  count: bigint[];
  offset: bigint[];
} {
  if (rank === 1) return { count: [BigInt(rows)], offset: [BigInt(from)] };
  if (axis === 0) return { count: [BigInt(rows), BigInt(width)], offset: [BigInt(from), 0n] };
  return { count: [1n, BigInt(rows)], offset: [BigInt(across), BigInt(from)] };
}

function decoded(module: Hdf5Module, view: DataView, column: Hdf5Column, rows: number): Hdf5Cells {
  const { element, stride, offset, fill, scale, add, time } = column;
  if (element.type === "text" || element.type === "variable_text") {
    return Array.from({ length: rows }, (_, row) => textAt(module, view, row * stride + offset, element));
  }
  if (element.type === "int" && element.size === 8) {
    const exact = new BigInt64Array(rows);
    for (let row = 0; row < rows; row++) exact[row] = view.getBigInt64(row * stride + offset, true);
    if (time !== null) return Float64Array.from(exact, (one) => timeOf(one, time));
    if (fill === null && scale === 1 && add === 0) return exact;
    return Float64Array.from(exact, (one) => (Number(one) === fill ? Number.NaN : Number(one) * scale + add));
  }
  const values = new Float64Array(rows);
  const numberAt = numberReader(view, element);
  for (let row = 0; row < rows; row++) {
    const stored = numberAt(row * stride + offset);
    if (stored === fill) values[row] = Number.NaN;
    else if (time === null) values[row] = stored * scale + add;
    else values[row] = Math.round(stored * time.usPerUnit) + time.zeroUs;
  }
  return values;
}

function timeOf(stored: bigint, { usPerUnit, zeroUs }: NonNullable<Hdf5Column["time"]>): number {
  if (stored === NOT_A_TIME) return Number.NaN;
  const us = usPerUnit === 1e-3 ? usOfNanoseconds(stored) : Math.round(Number(stored) * usPerUnit);
  return us + zeroUs;
}

function numberReader(view: DataView, { type, size, signed }: StoredElement): (at: number) => number {
  if (type === "float")
    return size === 8 ? (at) => view.getFloat64(at, true) : (at) => view.getFloat32(at, true);
  if (size === 1) return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at);
  if (size === 2) return signed ? (at) => view.getInt16(at, true) : (at) => view.getUint16(at, true);
  return signed ? (at) => view.getInt32(at, true) : (at) => view.getUint32(at, true);
}

function textAt(module: Hdf5Module, view: DataView, at: number, { type, size }: StoredElement): string {
  if (type === "variable_text") {
    const pointer = view.getUint32(at, true);
    if (pointer === 0) return "";
    const text = module.UTF8ToString(pointer, LONGEST_TEXT);
    // The library's way to give back the texts of some rows takes the whole dataset's for granted.
    module._free(pointer);
    view.setUint32(at, 0, true);
    return text.trim();
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, Math.min(size, LONGEST_TEXT));
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end))
    .toString()
    .trim();
}

/** Bytes of a cell of text of any length. */
export const VARIABLE_TEXT_BYTES = POINTER_BYTES;
