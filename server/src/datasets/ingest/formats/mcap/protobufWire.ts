/** What is read of a FieldDescriptorProto. */
export interface FieldDescriptor {
  readonly name: string;
  readonly number: number;
  readonly type: number;
  readonly typeName: string;
  readonly isList: boolean;
}

const MAX_TYPES = 2000;
const MAX_FIELDS = 20_000;
const MAX_DEPTH = 20;
const REPEATED = 3;
const SIGNED = new Set([17, 18]);
const UNSIGNED_64 = 4;

/** Reads the wire format. Every reader throws a RangeError where the bytes end too soon. */
export class WireCursor {
  readonly #data: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  /** The next field, or null at the end. */
  tag(): { number: number; wire: number } | null {
    if (this.isAtEnd) return null;
    const key = Number(this.#varint());
    return { number: Math.floor(key / 8), wire: key % 8 };
  }

  bytes(): Uint8Array {
    const length = Number(this.#varint());
    if (length > this.#data.length - this.#at) throw new RangeError(`a field of ${length} bytes`);
    this.#at += length;
    return this.#data.subarray(this.#at - length, this.#at);
  }

  nested(): WireCursor {
    return new WireCursor(this.bytes());
  }

  text(): string {
    return new TextDecoder().decode(this.bytes());
  }

  /** @param type As in FieldDescriptorProto. */
  number(wire: number, type: number): number {
    if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4;
      const at = this.#at;
      this.#at += size;
      if (type === 1 || type === 2)
        return size === 8 ? this.#view.getFloat64(at, true) : this.#view.getFloat32(at, true);
      if (size === 8)
        return Number(type === 6 ? this.#view.getBigUint64(at, true) : this.#view.getBigInt64(at, true));
      return type === 7 ? this.#view.getUint32(at, true) : this.#view.getInt32(at, true);
    }
    if (wire !== 0) throw new RangeError(`wire type ${wire} of a number`);
    const value = this.#varint();
    if (SIGNED.has(type)) return Number((value >> 1n) ^ -(value & 1n));
    return Number(type === UNSIGNED_64 ? value : BigInt.asIntN(64, value));
  }

  skip(wire: number): void {
    if (wire === 0) this.#varint();
    else if (wire === 1) this.#at += 8;
    else if (wire === 2) this.bytes();
    else if (wire === 5) this.#at += 4;
    else throw new RangeError(`wire type ${wire}`);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.isAtEnd) throw new RangeError("a message that ends within a number");
      const byte = this.#data[this.#at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a number of more than 10 bytes");
  }
}

/** Fields of each message type of a FileDescriptorSet, by its whole name, which begins with a point. */
export function descriptorsOf(set: Uint8Array): Map<string, FieldDescriptor[]> {
  const types = new Map<string, FieldDescriptor[]>();
  let fields = 0;
  eachField(new WireCursor(set), (number, cursor) => {
    if (number !== 1) return false;
    const file = cursor.bytes();
    let scope = "";
    eachField(new WireCursor(file), (inner, at) => {
      if (inner !== 2) return false;
      scope = `.${at.text()}`;
      return true;
    });
    eachField(new WireCursor(file), (inner, at) => {
      if (inner !== 4) return false;
      addMessage(at.bytes(), scope, 0);
      return true;
    });
    return true;
  });
  return types;

  function addMessage(message: Uint8Array, scope: string, depth: number): void {
    let name = "";
    const own: FieldDescriptor[] = [];
    const nested: Uint8Array[] = [];
    eachField(new WireCursor(message), (number, cursor) => {
      if (number === 1) name = cursor.text();
      else if (number === 2) own.push(fieldOf(cursor.nested()));
      else if (number === 3) nested.push(cursor.bytes());
      else return false;
      return true;
    });
    fields += own.length;
    if (types.size >= MAX_TYPES || fields > MAX_FIELDS || depth > MAX_DEPTH) {
      throw new RangeError(`a schema of more than ${MAX_TYPES} types or ${MAX_FIELDS} fields`);
    }
    types.set(`${scope}.${name}`, own);
    for (const below of nested) addMessage(below, `${scope}.${name}`, depth + 1);
  }
}

/** @param visit Answers whether it took the field's value; only fields of bytes are shown to it. */
function eachField(cursor: WireCursor, visit: (number: number, cursor: WireCursor) => boolean): void {
  for (let tag = cursor.tag(); tag !== null; tag = cursor.tag()) {
    if (tag.wire !== 2 || !visit(tag.number, cursor)) cursor.skip(tag.wire);
  }
}

function fieldOf(cursor: WireCursor): FieldDescriptor {
  const field = { name: "", number: 0, type: 0, typeName: "", isList: false };
  for (let tag = cursor.tag(); tag !== null; tag = cursor.tag()) {
    if (tag.number === 1 && tag.wire === 2) field.name = cursor.text().slice(0, 200);
    else if (tag.number === 6 && tag.wire === 2) field.typeName = cursor.text();
    else if (tag.number === 3 && tag.wire === 0) field.number = cursor.number(0, 5);
    else if (tag.number === 4 && tag.wire === 0) field.isList = cursor.number(0, 5) === REPEATED;
    else if (tag.number === 5 && tag.wire === 0) field.type = cursor.number(0, 5);
    else cursor.skip(tag.wire);
  }
  return field;
}
