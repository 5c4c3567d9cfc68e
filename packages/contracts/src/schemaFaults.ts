import type { TSchema } from "typebox";
import { Errors } from "typebox/value";
import { ColumnMapping, CreateReadingProfile } from "./reading.ts";

/** What is wrong with a value, and where: `time.zone`, `missing[0]`; "" is the whole of it. */
export interface SchemaFault {
  readonly place: string;
  readonly says: string;
}

/** What keeps a value from being a mapping; empty where it is one. */
export function mappingFaults(value: unknown): SchemaFault[] {
  return schemaFaults(ColumnMapping, value);
}

/** What keeps a value from being a profile that can be made. */
export function profileFaults(value: unknown): SchemaFault[] {
  return schemaFaults(CreateReadingProfile, value);
}

function schemaFaults(schema: TSchema, value: unknown): SchemaFault[] {
  // A name that should not be there comes twice: by itself, and with what it stands in.
  return Errors(schema, value)
    .filter(({ keyword }) => keyword !== "boolean")
    .map(({ keyword, instancePath, params, message }) => ({
      place: placeOf(instancePath),
      says: wordsOf(keyword, params as Record<string, unknown>, message),
    }));
}

function placeOf(instancePath: string): string {
  return instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

const TYPES: Record<string, string> = {
  string: "a text in quotes",
  number: "a number",
  integer: "a whole number",
  array: "a list in [ ]",
  object: "an object in { }",
};

function wordsOf(keyword: string, params: Record<string, unknown>, message: string): string {
  const list = (value: unknown) =>
    Array.isArray(value) ? value.map((one) => `"${String(one)}"`).join(", ") : "";
  switch (keyword) {
    case "enum":
      return `has to be one of ${list(params.allowedValues)}`;
    case "additionalProperties":
      return `has nothing called ${list(params.additionalProperties)}`;
    case "required":
      return `lacks ${list(params.requiredProperties)}`;
    case "type":
      return `has to be ${TYPES[String(params.type)] ?? String(params.type)}`;
    case "pattern":
      return String(params.pattern).startsWith("^(Z|") ? 'has to be like "+02:00", or "Z" for UTC' : message;
    case "minLength":
      return "must not be empty";
    default:
      return message;
  }
}
