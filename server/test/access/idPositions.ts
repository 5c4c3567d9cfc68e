import type { RouteOptions } from "fastify";
import type { Sample } from "./expectation.ts";
import type { Ids } from "./tenants.ts";

/** Whose ids a field of this name holds. `id` itself is told by the path; see expectations.ts. */
const rowOfField: Readonly<Record<string, keyof Ids>> = {
  project: "project",
  project_id: "project",
  dataset: "dataset",
  dataset_id: "dataset",
  additional_dataset_ids: "dataset",
  model: "model",
  model_id: "model",
  training_session: "session",
  continue_from_session: "session",
  category: "otherCategory",
  category_id: "category",
  parent: "otherCategory",
  to: "otherCategory",
  annotation_id: "annotation",
  profile: "profile",
  organization: "organization",
  organization_id: "organization",
  user: "user",
  user_id: "user",
  owner: "user",
  invitation: "invitation",
  check: "check",
};

/** A place in a request where an id stands; `*` is any element of a list. */
export interface IdPosition {
  readonly part: "params" | "query" | "body" | "form";
  readonly path: readonly string[];
  readonly row: keyof Ids;
}

interface JsonSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly then?: JsonSchema;
  readonly else?: JsonSchema;
}

/** Every place of an id in what a route takes as JSON, by its schemas; `unknown` are fields that look like one. */
export function idPositions(route: RouteOptions): { positions: IdPosition[]; unknown: string[] } {
  const positions: IdPosition[] = [];
  const unknown: string[] = [];
  const { querystring, body } = (route.schema ?? {}) as { querystring?: JsonSchema; body?: JsonSchema };
  const walk = (schema: JsonSchema | undefined, part: "query" | "body", path: readonly string[]): void => {
    if (!schema) return;
    for (const inner of [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])]) {
      walk(inner, part, path);
    }
    walk(schema.then, part, path);
    walk(schema.else, part, path);
    walk(schema.items, part, [...path, "*"]);
    for (const [name, inner] of Object.entries(schema.properties ?? {})) walk(inner, part, [...path, name]);
    const name = path.findLast((step) => step !== "*");
    if (schema.type !== "integer" || name === undefined) return;
    const row = rowOfField[name];
    if (row) positions.push({ part, path, row });
    else if (looksLikeId(name, schema)) unknown.push(`${part} ${path.join("/")}`);
  };
  walk(querystring, "query", []);
  walk(body, "body", []);
  return { positions, unknown };
}

/** A place in the audit and a number of its entries: whole numbers from 1 on, and of nobody. */
const NOT_IDS = new Set(["before", "since_size"]);

function looksLikeId(name: string, { minimum, maximum }: JsonSchema): boolean {
  if (NOT_IDS.has(name)) return false;
  return /(^|_)ids?$/.test(name) || (minimum === 1 && maximum === Number.MAX_SAFE_INTEGER);
}

/** Places that no schema tells of: in the path, and in the fields of a form. */
export function furtherPositions(
  sample: Sample,
  rowOfParameter: (name: string) => keyof Ids | undefined,
): IdPosition[] {
  const inPath = Object.keys(sample.params ?? {}).flatMap((name) => {
    const row = rowOfParameter(name);
    return row ? [{ part: "params" as const, path: [name], row }] : [];
  });
  const inForm = Object.keys(sample.form?.fields ?? {}).flatMap((name) => {
    const row = rowOfField[name];
    return row ? [{ part: "form" as const, path: [name], row }] : [];
  });
  return [...inPath, ...inForm];
}

/** The same call with another id in that place, or undefined if the call has no such place. */
export function withId(sample: Sample, { part, path }: IdPosition, id: number): Sample | undefined {
  const [name = ""] = path;
  if (part === "params") return { ...sample, params: { ...sample.params, [name]: id } };
  if (part === "query") return { ...sample, query: { ...sample.query, [name]: id } };
  if (part === "form") {
    return (
      sample.form && {
        ...sample,
        form: { ...sample.form, fields: { ...sample.form.fields, [name]: String(id) } },
      }
    );
  }
  const body: unknown = structuredClone(sample.body);
  return put(body, path, id) ? { ...sample, body } : undefined;
}

function put(into: unknown, [step = "", ...rest]: readonly string[], id: number): boolean {
  if (typeof into !== "object" || into === null || Array.isArray(into) !== (step === "*")) return false;
  const container = into as Record<string, unknown>;
  const key = step === "*" ? "0" : step;
  // Under another name it is there already, and that one counts.
  const synonym = Object.keys(container).find((name) => name !== key && rowOfField[name] === rowOfField[key]);
  if (rest.length === 0 && step !== "*" && container[key] === undefined && synonym) return false;
  if (rest.length === 0) container[key] = id;
  else if (rest.length === 1 && rest[0] === "*" && container[key] === undefined) container[key] = [id];
  else return put(container[key], rest, id);
  return true;
}
