import { Ajv, type Options, type ValidateFunction } from "ajv";
import { fullFormats } from "ajv-formats/dist/formats.js";
import type { FastifySchema, FastifySchemaCompiler } from "fastify";

const common: Options = {
  useDefaults: true,
  removeAdditional: false,
  allErrors: false,
  formats: fullFormats,
};
/** Path and query are text: "5" is a number there, and one value stands for a list of one. */
const forText = new Ajv({ ...common, coerceTypes: "array" });
/** JSON says what it means: null is not row 0, nor true row 1. */
const forJson = new Ajv(common);

export const compileValidator: FastifySchemaCompiler<FastifySchema> = ({
  schema,
  httpPart,
}): ValidateFunction => (httpPart === "body" ? forJson : forText).compile(schema as object);
