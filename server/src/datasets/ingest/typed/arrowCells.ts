import {
  type Data,
  DataType,
  type Field,
  type RecordBatch,
  type Timestamp,
  TimeUnit,
  type Vector,
} from "apache-arrow";
import type { TimeReading } from "../cells/parseTime.ts";
import type { CellReader } from "../columnBlocks.ts";
import { usOfNanoseconds } from "../time/calendar.ts";

/** Lengths that a batch announces are held against the bytes that are there, before anything is read by them. */
export function requireWhole(batch: RecordBatch): void {
  batch.schema.fields.forEach((field, i) => {
    const data = batch.data.children[i] as Data | undefined;
    if (!isNumber(field.type) && !isText(field.type) && !isTime(field.type)) return;
    const cells = data === undefined ? 0 : cellsIn(data);
    if (data === undefined || data.length !== batch.numRows || cells < batch.numRows) {
      throw new RangeError(`column ${field.name} is shorter than its batch`);
    }
    const bitmap = data.nullBitmap;
    if (data.nullCount > 0 && bitmap && bitmap.length * 8 < batch.numRows) {
      throw new RangeError(`column ${field.name} has too short a bitmap`);
    }
    if (DataType.isDictionary(field.type)) requireIndices(field.name, data);
  });
}

/** Numbers of texts in a dictionary are held against how many it has. */
function requireIndices(name: string, data: Data): void {
  const size = data.dictionary?.length ?? 0;
  const indices = data.values as Int32Array | BigInt64Array;
  for (let row = 0; row < data.length; row++) {
    const index = Number(indices[row]);
    if ((index < 0 || index >= size) && (data.nullCount === 0 || data.getValid(row))) {
      throw new RangeError(`column ${name}: row ${row + 1} of a batch names text ${index} of ${size}`);
    }
  }
}

function cellsIn(data: Data): number {
  const { type } = data;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return (data.valueOffsets?.length ?? 0) - 1;
  return data.values?.length ?? 0;
}

export function isNumber(type: DataType): boolean {
  return DataType.isInt(type) || (DataType.isFloat(type) && type.precision > 0);
}

function isText(type: DataType): boolean {
  if (DataType.isDictionary(type)) return isText(type.dictionary);
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type);
}

function isTime(type: DataType): boolean {
  return (
    DataType.isTimestamp(type) || DataType.isDate(type) || DataType.isTime(type) || DataType.isDuration(type)
  );
}

/** µs in a tick. */
function usPerTick(unit: TimeUnit): number {
  if (unit === TimeUnit.SECOND) return 1e6;
  if (unit === TimeUnit.MILLISECOND) return 1e3;
  return unit === TimeUnit.MICROSECOND ? 1 : 1e-3;
}

/** What the column's type says of its times; null where it is numbers or text. */
export function timeReadingOf(field: Field): TimeReading | null {
  const { type } = field;
  if (DataType.isTimestamp(type))
    return { form: "datetime", usPerUnit: 1, zone: Boolean((type as Timestamp).timezone) };
  if (DataType.isDate(type)) return { form: "datetime", usPerUnit: 1, zone: false };
  if (DataType.isTime(type)) return { form: "clock", usPerUnit: 1, zone: true };
  return DataType.isDuration(type) ? { form: "seconds", usPerUnit: 1, zone: true } : null;
}

export function typedBatch(batch: RecordBatch): { rows: number; cells: CellReader[] } {
  const cells = batch.data.children.map((data, i) => cellReader(data, batch.getChildAt(i)));
  return { rows: batch.numRows, cells };
}

function cellReader(data: Data, vector: Vector | null): CellReader {
  const { type } = data;
  const valid = (row: number): boolean => data.nullCount === 0 || data.getValid(row);
  if (isTime(type)) {
    const scale = timeScale(type);
    const ticks = data.values as BigInt64Array | Int32Array;
    if (scale < 1 && ticks instanceof BigInt64Array)
      return (row) => (valid(row) ? usOfNanoseconds(ticks[row]) : null);
    return (row) => (valid(row) ? Math.round(Number(ticks[row]) * scale) : null);
  }
  if (isNumber(type)) {
    // Half floats are kept as their bits: those go through the vector.
    if (DataType.isFloat(type) && data.values instanceof Uint16Array) {
      return (row) => (valid(row) ? Number(vector?.get(row)) : null);
    }
    const values = data.values as Float64Array | BigInt64Array;
    return (row) => (valid(row) ? Number(values[row]) : null);
  }
  if (isText(type)) return (row) => (valid(row) ? String(vector?.get(row)) : null);
  return () => null;
}

function timeScale(type: DataType): number {
  if (DataType.isDate(type)) return type.unit === 0 ? 86400e6 : 1e3;
  return usPerTick((type as Timestamp).unit);
}
