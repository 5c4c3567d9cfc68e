import assert from "node:assert/strict";
import { test } from "node:test";
import Type, { type TSchema } from "typebox";
import { compileSerializer, withoutNeedlessChoices } from "./compileSerializer.ts";

const Spot = Type.Object({ at: Type.String(), row: Type.Union([Type.Integer(), Type.Null()]) });

function written(schema: TSchema, value: unknown): unknown {
  const write = compileSerializer({ schema, method: "GET", url: "/", httpStatus: "200" }) as (
    value: unknown,
  ) => string;
  return JSON.parse(write(value));
}

test("what may be null is written as it is, and as null", () => {
  const schema = Type.Object({
    spot: Type.Union([Spot, Type.Null()]),
    list: Type.Union([Type.Array(Spot), Type.Null()]),
    text: Type.Union([Type.String(), Type.Null()]),
    number: Type.Union([Type.Number(), Type.Null()]),
    flag: Type.Union([Type.Boolean(), Type.Null()]),
    word: Type.Union([Type.Literal("one"), Type.Literal("two"), Type.Null()]),
  });
  const full = {
    spot: { at: "north", row: null },
    list: [{ at: "south", row: 7 }],
    text: 'a "quoted" word',
    number: -1.5,
    flag: false,
    word: "two",
  };
  const empty = { spot: null, list: null, text: null, number: null, flag: null, word: null };
  assert.deepEqual(written(schema, full), full);
  assert.deepEqual(written(schema, empty), empty);
});

test("what the schema does not name is not written, within a choice either", () => {
  const schema = Type.Object({ spot: Type.Union([Spot, Type.Null()]) });
  assert.deepEqual(written(schema, { spot: { at: "x", row: 1, secret: 2 }, secret: 3 }), {
    spot: { at: "x", row: 1 },
  });
});

test("a choice of true forms is left as it is", () => {
  const schema = Type.Union([Spot, Type.Object({ other: Type.Number() })]);
  assert.ok("anyOf" in (withoutNeedlessChoices(schema) as object));
  assert.deepEqual(written(schema, { other: 2 }), { other: 2 });
});

test("values that look like choices are kept", () => {
  const schema = { type: "object", default: { anyOf: [{ type: "null" }] } };
  assert.deepEqual(withoutNeedlessChoices(schema), schema);
});
