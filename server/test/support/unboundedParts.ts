interface Schema {
  readonly type?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Record<string, Schema>;
  readonly patternProperties?: Record<string, Schema>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly then?: Schema;
  readonly else?: Schema;
}

/** Where a schema lets a text, a list or a record be as long as it likes. */
export function unboundedParts(declared: unknown, at: string): string[] {
  const schema = declared as Schema;
  const found: string[] = [];
  if (schema.type === "string" && !isBoundedText(schema)) found.push(`${at}: text without maxLength`);
  if (schema.type === "array" && schema.maxItems === undefined) found.push(`${at}: array without maxItems`);
  if (isRecord(schema) && schema.maxProperties === undefined)
    found.push(`${at}: record without maxProperties`);
  for (const [name, part] of partsOf(schema)) found.push(...unboundedParts(part, `${at}${name}`));
  return found;
}

function partsOf(schema: Schema): [string, Schema][] {
  const named = Object.entries(schema.properties ?? {}).map(([name, part]): [string, Schema] => [
    `/${name}`,
    part,
  ]);
  const choices = [schema.anyOf, schema.allOf, schema.oneOf, [schema.then, schema.else]].flat();
  return [
    ...named,
    ...(schema.items ? [["/*", schema.items] as [string, Schema]] : []),
    ...choices.filter((part) => part !== undefined).map((part): [string, Schema] => ["", part]),
  ];
}

/** Of names that are not in the schema. What they hold is bounded by the size and depth of a body. */
function isRecord({ patternProperties, additionalProperties }: Schema): boolean {
  return patternProperties !== undefined || typeof additionalProperties === "object";
}

function isBoundedText({ maxLength, enum: choices, const: only, pattern }: Schema): boolean {
  if (maxLength !== undefined || choices !== undefined || only !== undefined) return true;
  return pattern !== undefined && /^\^[^$|]*\$$/.test(pattern) && !/[*+]|\{\d*,\}/.test(pattern);
}
