import { Field, Float64, Int32, Message, Schema, TimestampMicrosecond, Uint8 } from "apache-arrow";
import { FileBlock, Footer } from "apache-arrow/ipc/metadata/file";
import { BufferRegion, FieldNode, RecordBatch } from "apache-arrow/ipc/metadata/message";

export type ColumnKind = "timestamp" | "timestamp_utc" | "float64" | "int32" | "uint8";

export interface ColumnSpec {
  readonly name: string;
  readonly kind: ColumnKind;
}

/** Buffers start at multiples of this, as the Arrow format recommends; file offsets of bodies do too. */
const ALIGNMENT = 64;
const MAGIC = new TextEncoder().encode("ARROW1");
const END_OF_STREAM = new Uint8Array([255, 255, 255, 255, 0, 0, 0, 0]);

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

export function bytesPerCell(kind: ColumnKind): number {
  return kind === "uint8" ? 1 : kind === "int32" ? 4 : 8;
}

function arrowType(kind: ColumnKind): TimestampMicrosecond | Float64 | Int32 | Uint8 {
  if (kind === "timestamp_utc") return new TimestampMicrosecond("UTC");
  if (kind === "timestamp") return new TimestampMicrosecond();
  if (kind === "int32") return new Int32();
  if (kind === "uint8") return new Uint8();
  return new Float64();
}

export function arrowSchema(columns: readonly ColumnSpec[], metadata: ReadonlyMap<string, string>): Schema {
  const fields = columns.map((column) => new Field(column.name, arrowType(column.kind), false));
  return new Schema(fields, new Map(metadata));
}

/** Where each column's cells begin in a batch's body, and, last, where the body ends. Shape (columns + 1). */
export function columnOffsets(columns: readonly ColumnSpec[], rows: number): number[] {
  const offsets = [0];
  for (const column of columns) offsets.push(offsets.at(-1)! + aligned(rows * bytesPerCell(column.kind)));
  return offsets;
}

/** Frames flatbuffer metadata; `before` bytes stand in front of it, and the end is aligned counting them. */
function encapsulate(metadata: Uint8Array, before: number): Uint8Array {
  const length = aligned(before + 8 + metadata.length) - before;
  const message = new Uint8Array(length);
  new DataView(message.buffer).setInt32(0, -1, true);
  new DataView(message.buffer).setInt32(4, length - 8, true);
  message.set(metadata, 8);
  return message;
}

/** What stands before the first batch of a file: magic and schema, padded to the alignment. */
export function fileStart(schema: Schema): Uint8Array {
  const message = encapsulate(Message.encode(Message.from(schema)), 8);
  const start = new Uint8Array(8 + message.length);
  start.set(MAGIC);
  start.set(message, 8);
  return start;
}

/** What stands before the first batch of a stream. */
export function streamStart(schema: Schema): Uint8Array {
  return encapsulate(Message.encode(Message.from(schema)), 0);
}

export function streamEnd(): Uint8Array {
  return END_OF_STREAM;
}

/** Message in front of a batch's body. Its length depends on the number of columns alone, as long as rows > 0. */
export function batchHeader(columns: readonly ColumnSpec[], rows: number): Uint8Array {
  const offsets = columnOffsets(columns, rows);
  const nodes = columns.map(() => new FieldNode(rows, 0));
  const regions = columns.flatMap((column, i) => [
    new BufferRegion(offsets[i], 0),
    new BufferRegion(offsets[i], rows * bytesPerCell(column.kind)),
  ]);
  const header = new RecordBatch(rows, nodes, regions, null);
  return encapsulate(Message.encode(Message.from(header, offsets.at(-1)!)), 0);
}

export interface BatchPlace {
  readonly offset: number;
  readonly headerLength: number;
  readonly bodyLength: number;
}

/** What stands after the last batch of a file: end of stream, footer, its length, magic. */
export function fileEnd(schema: Schema, batches: readonly BatchPlace[]): Uint8Array {
  const blocks = batches.map((batch) => new FileBlock(batch.headerLength, batch.bodyLength, batch.offset));
  const footer = Footer.encode(new Footer(schema, undefined, blocks, []));
  const end = new Uint8Array(END_OF_STREAM.length + footer.length + 4 + MAGIC.length);
  end.set(END_OF_STREAM);
  end.set(footer, END_OF_STREAM.length);
  new DataView(end.buffer).setInt32(END_OF_STREAM.length + footer.length, footer.length, true);
  end.set(MAGIC, end.length - MAGIC.length);
  return end;
}
