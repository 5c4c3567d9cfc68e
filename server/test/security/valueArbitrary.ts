import fc from "fast-check";
import { type Kind, kindOfName } from "./fixturePool.ts";
import type { Schema } from "./openApiDocument.ts";

/** Gives the id of something that exists. */
export type PickId = (kind: Kind, number: number) => number;

export interface Making {
  readonly pickId: PickId;
  /** Whether what may be left out never is. */
  readonly complete?: boolean;
}

const MOST_ITEMS = 6;
const MOST_TEXT = 300;

/** Rows of the small recordings that the fixtures have. */
const rows = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1_199) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1) },
);

/** Texts that mean something where they stand, which the schemas do not say. */
const MEANT: Record<string, readonly unknown[]> = {
  start_time: ["2026-03-01T10:00:10Z", "2026-03-01T10:00:00.5Z", "10"],
  end_time: ["2026-03-01T10:10:00Z", "2026-03-01T10:19:59Z", "500.5"],
  track: [0, 0, 1],
  channels: ["b_x", "b_x,b_y,b_z", "b", "b_z,b_z"],
  summary: ["true", "false"],
};

/** Values that a schema allows. `name` is the property or parameter the value is for: some hold ids. */
export function valueArbitrary(schema: Schema, making: Making, name = ""): fc.Arbitrary<unknown> {
  const inner = (part: Schema) => valueArbitrary(part, making, name);
  const meant = MEANT[name];
  if (meant) return fc.constantFrom(...meant);
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.if) return fc.oneof(inner(schema.then ?? {}), inner(schema.else ?? {}));
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(inner));
  if (schema.allOf) {
    return fc.tuple(...schema.allOf.map(inner)).map((parts) => Object.assign({}, ...(parts as object[])));
  }
  switch (schema.type) {
    case "object":
      return objectArbitrary(schema, making);
    case "array":
      return arrayArbitrary(schema, inner(schema.items ?? {}));
    case "string":
      return textArbitrary(schema);
    case "integer":
    case "number":
      return numberArbitrary(schema, making, name);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function objectArbitrary(schema: Schema, making: Making): fc.Arbitrary<unknown> {
  if (!schema.properties) return fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue(), { maxKeys: 4 });
  const fields = Object.entries(schema.properties).map(
    ([key, part]) => [key, valueArbitrary(part, making, key)] as const,
  );
  if (making.complete) return fc.record(Object.fromEntries(fields));
  const requiredKeys = (schema.required ?? []).filter((key) => key in schema.properties!);
  return fc.record<Record<string, unknown>>(Object.fromEntries(fields), { requiredKeys });
}

function arrayArbitrary(
  { minItems = 0, maxItems = MOST_ITEMS, uniqueItems }: Schema,
  items: fc.Arbitrary<unknown>,
) {
  const ofAtMost = (most: number) => {
    const size = { minLength: minItems, maxLength: Math.max(minItems, Math.min(maxItems, most)) };
    return uniqueItems ? fc.uniqueArray(items, size) : fc.array(items, size);
  };
  // Of many, one that is refused refuses all.
  return fc.oneof(ofAtMost(1), ofAtMost(MOST_ITEMS));
}

const anyText = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom("Motor", "Normal", "b_x,b_y", "0", "2026-03-01T10:00:10Z", "csv", "true", " "),
);

function textArbitrary({ format, pattern, minLength = 0, maxLength = MOST_TEXT }: Schema) {
  if (format === "email") return fc.emailAddress();
  if (format === "date-time") {
    return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  }
  const fits = (text: string) => text.length >= minLength && text.length <= maxLength;
  const long = fc.nat().map((n) => "x".repeat(Math.max(minLength, Math.min(maxLength, n % 20_000))));
  if (pattern === undefined) {
    return fc.oneof({ weight: 20, arbitrary: anyText }, { weight: 1, arbitrary: long }).filter(fits);
  }
  const form = new RegExp(pattern, "u");
  return fc
    .oneof(anyText, fc.stringMatching(form, { size: "small" }), long)
    .filter((text) => fits(text) && form.test(text));
}

function numberArbitrary(schema: Schema, { pickId }: Making, name: string): fc.Arbitrary<number> {
  const kind = kindOfName(name);
  if (kind && schema.type === "integer") {
    return fc.oneof(
      { weight: 9, arbitrary: fc.nat().map((number) => pickId(kind, number)) },
      { weight: 1, arbitrary: fc.integer({ min: 500_000_000, max: Number.MAX_SAFE_INTEGER }) },
    );
  }
  if (/_index$/.test(name)) return rows;
  const min = schema.minimum ?? -1e9;
  const max = schema.maximum ?? 1e9;
  if (schema.type === "number") return fc.double({ min, max, noNaN: true });
  const small = fc.integer({ min, max: Math.min(max, min + 1_000) });
  return fc.oneof(small, fc.integer({ min, max }), fc.constantFrom(min, max));
}
