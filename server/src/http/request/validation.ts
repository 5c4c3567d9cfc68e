import { Ajv, type ErrorObject, type Options } from "ajv";
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

export const compileValidator: FastifySchemaCompiler<FastifySchema> = ({ schema, httpPart }) => {
  if (httpPart === "body") return forJson.compile(schema as object);
  const validate = forText.compile(schema as object);
  return (values: Record<string, unknown>) => {
    if (!validate(values)) return { error: validate.errors ?? [] };
    const faults = faultsOfInfinity(values);
    return faults.length > 0 ? { error: faults } : { value: values };
  };
};

/** Four hundred digits read as Infinity, which Ajv takes for a whole number and holds to no maximum. */
function faultsOfInfinity(values: Record<string, unknown>): ErrorObject[] {
  return Object.entries(values)
    .filter(([, value]) => typeof value === "number" && !Number.isFinite(value))
    .map(([name]) => ({
      keyword: "maximum",
      instancePath: `/${name}`,
      schemaPath: "",
      params: {},
      message: "must be a number that can be told from infinity",
    }));
}
