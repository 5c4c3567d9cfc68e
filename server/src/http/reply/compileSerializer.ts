import { SerializerSelector } from "@fastify/fast-json-stringify-compiler";
import type { FastifySerializerCompiler } from "fastify";

type Schema = Readonly<Record<string, unknown>>;

/** What these hold is a value, not a schema. */
const VALUES = new Set(["const", "enum", "default", "examples"]);

const compile = SerializerSelector()({}, {}) as FastifySerializerCompiler<unknown>;

/**
 * Makes what writes answers of a schema. A choice of forms has fastify make a validator of each form when the first
 * answer is written: 115 ms of the event loop were measured for one dataset. Most choices are a form or null, or some
 * words, which can be written without finding out which it is.
 */
export const compileSerializer: FastifySerializerCompiler<unknown> = (definition) =>
  compile({ ...definition, schema: withoutNeedlessChoices(definition.schema) });

/** The schema, for writing alone: `{anyOf: [form, null]}` is the form, nullable; a choice of words is a string. */
export function withoutNeedlessChoices(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutNeedlessChoices);
  if (typeof schema !== "object" || schema === null) return schema;
  const plain = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      VALUES.has(key) ? value : withoutNeedlessChoices(value),
    ]),
  );
  const { anyOf, ...others } = plain;
  if (!Array.isArray(anyOf)) return plain;
  const forms = (anyOf as Schema[]).filter(({ type }) => type !== "null");
  const nullable = forms.length < anyOf.length ? { nullable: true } : {};
  const [form] = forms;
  if (forms.some(isAnything)) return others;
  if (forms.length > 0 && forms.every(isWord)) return { ...others, type: "string", ...nullable };
  if (forms.length === 1 && typeof form!.type === "string") return { ...form, ...others, ...nullable };
  return plain;
}

function isAnything(form: Schema): boolean {
  return Object.keys(form).length === 0;
}

function isWord({ const: value }: Schema): boolean {
  return typeof value === "string";
}
