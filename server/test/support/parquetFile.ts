/** Thrift's compact protocol, as far as Parquet needs it: fields by number, in order. */
export type ThriftValue = number | bigint | string | Uint8Array | readonly ThriftValue[] | ThriftStruct;
export interface ThriftStruct {
  readonly [field: number]: ThriftValue;
}

const [I32, I64, BINARY, LIST, STRUCT] = [5, 6, 8, 9, 12];

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let left = BigInt(value);
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

const zigzag = (value: bigint): bigint => (value >= 0n ? value * 2n : -value * 2n - 1n);

function typeOf(value: ThriftValue): number {
  if (typeof value === "number") return I32;
  if (typeof value === "bigint") return I64;
  if (typeof value === "string" || value instanceof Uint8Array) return BINARY;
  return Array.isArray(value) ? LIST : STRUCT;
}

function bytesOf(value: ThriftValue): Buffer {
  if (typeof value === "number" || typeof value === "bigint") return varint(zigzag(BigInt(value)));
  if (typeof value === "string" || value instanceof Uint8Array) {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([varint(bytes.length), bytes]);
  }
  if (!Array.isArray(value)) return thrift(value as ThriftStruct);
  const type = value.length === 0 ? I32 : typeOf(value[0]);
  return Buffer.concat([Buffer.of(0xf0 | type), varint(value.length), ...value.map(bytesOf)]);
}

export function thrift(struct: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  let before = 0;
  for (const [field, value] of Object.entries(struct)) {
    parts.push(Buffer.of(((Number(field) - before) << 4) | typeOf(value)), bytesOf(value));
    before = Number(field);
  }
  return Buffer.concat([...parts, Buffer.of(0)]);
}

export const ENCODING = { PLAIN: 0, DELTA_BINARY_PACKED: 5, DELTA_BYTE_ARRAY: 7, RLE_DICTIONARY: 8 } as const;

/** A data page as it may be, or not. */
export function dataPage(values: number, encoding: number, body: Uint8Array): Buffer {
  const head = { 1: 0, 2: body.length, 3: body.length, 5: { 1: values, 2: encoding, 3: 3, 4: 3 } };
  return Buffer.concat([thrift(head), body]);
}

export function dictionaryPage(values: number, body: Uint8Array): Buffer {
  const head = { 1: 2, 2: body.length, 3: body.length, 7: { 1: values, 2: 0 } };
  return Buffer.concat([thrift(head), body]);
}

export interface ParquetColumn {
  readonly name: string;
  readonly type: "INT64" | "DOUBLE" | "BYTE_ARRAY";
  readonly optional?: boolean;
  readonly pages: readonly Uint8Array[];
}

const TYPES = { INT64: 2, DOUBLE: 5, BYTE_ARRAY: 6 } as const;

/** A Parquet file of one row group, uncompressed, whose pages are taken as they are. */
export function parquetFile(rows: number, columns: readonly ParquetColumn[], unpackedBytes = 0n): Buffer {
  const parts: Buffer[] = [Buffer.from("PAR1")];
  let at = 4;
  const chunks = columns.map(({ name, type, pages }) => {
    const bytes = Buffer.concat(pages);
    parts.push(bytes);
    const start = BigInt(at);
    at += bytes.length;
    const size = BigInt(bytes.length);
    return {
      2: start,
      3: { 1: TYPES[type], 2: [0], 3: [name], 4: 0, 5: BigInt(rows), 6: unpackedBytes, 7: size, 9: start },
    };
  });
  const schema = [
    { 4: "schema", 5: columns.length },
    ...columns.map(({ name, type, optional }) => ({ 1: TYPES[type], 3: optional ? 1 : 0, 4: name })),
  ];
  const footer = thrift({
    1: 1,
    2: schema,
    3: BigInt(rows),
    4: [{ 1: chunks, 2: BigInt(at), 3: BigInt(rows) }],
  });
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from("PAR1")]);
}

export function doubles(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}
