import type { MessageDecoder } from "./decodedMessage.ts";
import { descriptorsOf, type FieldDescriptor, WireCursor } from "./protobufWire.ts";

const MAX_LEAVES = 200;
const MAX_DEPTH = 6;
const MAX_FIELDS = 2000;
const LONGEST_NAME = 200;
const TIMESTAMP = ".google.protobuf.Timestamp";
const DOUBLE = 1;
const FLOAT = 2;
const MESSAGE = 11;
const STRING_LIKE = new Set([9, 10, 12]);
/** Of a list of numbers, these are taken: the axes of a vector. */
const OF_A_LIST = 3;

interface Plan {
  /** Slots of the numbers that stand in the message itself: those left out are 0. */
  readonly zeroed: number[];
  readonly leaves: Map<number, { slot: number; type: number; isList: boolean }>;
  readonly within: Map<number, Plan>;
  /** Field of the message that is its time. */
  stamp: number | null;
}

/**
 * A decoder of protobuf messages of a type in a FileDescriptorSet: their numbers by their paths.
 *
 * @throws {RangeError} the schema is damaged. @returns null where the type has no number, or is not there.
 * Source: https://protobuf.dev/programming-guides/encoding and descriptor.proto.
 */
export function protobufDecoder(schema: Uint8Array, type: string): Omit<MessageDecoder, "kind"> | null {
  const descriptors = descriptorsOf(schema);
  const names: string[] = [];
  const plan = planOf(descriptors, { type: `.${type}`, path: "", depth: 0 }, names, { fields: 0 });
  if (plan === null || names.length === 0) return null;
  return {
    names,
    decode: (data) => {
      const values = new Array<number>(names.length).fill(Number.NaN);
      return { stampUs: read(new WireCursor(data), plan, values), values };
    },
  };
}

function planOf(
  descriptors: ReadonlyMap<string, readonly FieldDescriptor[]>,
  { type, path, depth }: { type: string; path: string; depth: number },
  names: string[],
  looked: { fields: number },
): Plan | null {
  const fields = descriptors.get(type);
  if (fields === undefined || depth > MAX_DEPTH) return null;
  const plan: Plan = { zeroed: [], leaves: new Map(), within: new Map(), stamp: null };
  for (const field of fields) {
    // Types within types could be made to take for ever to look at.
    if (names.length >= MAX_LEAVES || ++looked.fields > MAX_FIELDS) break;
    const own = path === "" ? field.name : `${path}.${field.name}`.slice(-LONGEST_NAME);
    if (field.type === MESSAGE) {
      if (field.typeName === TIMESTAMP && plan.stamp === null) plan.stamp = field.number;
      else if (!field.isList) {
        const below = planOf(
          descriptors,
          { type: field.typeName, path: own, depth: depth + 1 },
          names,
          looked,
        );
        if (below !== null) plan.within.set(field.number, below);
      }
      continue;
    }
    if (STRING_LIKE.has(field.type) || (field.isList && field.type !== DOUBLE && field.type !== FLOAT))
      continue;
    plan.leaves.set(field.number, { slot: names.length, type: field.type, isList: field.isList });
    if (field.isList) for (let i = 0; i < OF_A_LIST; i++) names.push(`${own}[${i}]`);
    else {
      plan.zeroed.push(names.length);
      names.push(own);
    }
  }
  return plan;
}

/** @returns the message's time, µs, or null. */
function read(cursor: WireCursor, plan: Plan, values: number[]): number | null {
  for (const slot of plan.zeroed) values[slot] = 0;
  const listed = new Map<number, number>();
  let stampUs: number | null = null;
  for (let tag = cursor.tag(); tag !== null; tag = cursor.tag()) {
    const leaf = plan.leaves.get(tag.number);
    const below = plan.within.get(tag.number);
    if (tag.number === plan.stamp && tag.wire === 2) stampUs = timestampOf(cursor.nested());
    else if (below !== undefined && tag.wire === 2) stampUs = read(cursor.nested(), below, values) ?? stampUs;
    else if (leaf !== undefined && !leaf.isList) values[leaf.slot] = cursor.number(tag.wire, leaf.type);
    else if (leaf !== undefined) {
      const packed = tag.wire === 2 ? cursor.nested() : null;
      const source = packed ?? cursor;
      const wire = packed === null ? tag.wire : leaf.type === DOUBLE ? 1 : 5;
      do {
        if (packed?.isAtEnd) break;
        const value = source.number(wire, leaf.type);
        const i = listed.get(leaf.slot) ?? 0;
        if (i < OF_A_LIST) values[leaf.slot + i] = value;
        listed.set(leaf.slot, i + 1);
      } while (packed !== null);
    } else cursor.skip(tag.wire);
  }
  return stampUs;
}

function timestampOf(cursor: WireCursor): number | null {
  let us = 0;
  for (let tag = cursor.tag(); tag !== null; tag = cursor.tag()) {
    if (tag.number === 1) us += cursor.number(tag.wire, 3) * 1e6;
    else if (tag.number === 2) us += Math.round(cursor.number(tag.wire, 5) / 1e3);
    else cursor.skip(tag.wire);
  }
  return us === 0 ? null : us;
}
