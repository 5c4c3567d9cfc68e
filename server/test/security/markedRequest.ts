import fc from "fast-check";
import { endsWhatItNames, type FixturePool, kindInPath } from "./fixturePool.ts";
import { meantRequests } from "./meantRequests.ts";
import { multipartBody } from "./multipartArbitrary.ts";
import { nameOf, type Operation } from "./openApiDocument.ts";
import { contentType, type GeneratedRequest } from "./requestArbitrary.ts";
import { encoded } from "./requestParts.ts";
import { type Making, valueArbitrary } from "./valueArbitrary.ts";

/** What sqlmap puts its payloads in the place of. */
const MARK = "*";

/** An address is one only if it ends as one: the mark is before the @. */
const MARKED: Readonly<Record<string, string>> = { email: `"attack${MARK}@example.com"` };

const FORMS: Record<string, readonly string[]> = {
  "POST /api/datasets/upload/": ["project", "name", "mapping", "profile"],
  "POST /api/datasets/inspect/": ["project", "mapping", "profile", "total_bytes", "filename"],
  "POST /api/projects/import_project/": ["organization", "name"],
};

/**
 * A request that keeps to its schemas and leaves nothing out, with a mark behind every value. Who sends it, and what is
 * made only when it is sent, is for completeRequest.ts.
 */
export function markedRequest(operation: Operation, pool: FixturePool): GeneratedRequest {
  // An answer that streams for ever would keep sqlmap waiting: a project that does not exist is looked up all the same.
  const streams = operation.path === "/api/events/";
  const making: Making = {
    pickId: (kind, number) => (streams ? 900_000_000 : pool.pick(kind, number, false)),
    complete: true,
  };
  const sample = (arbitrary: fc.Arbitrary<unknown>) => fc.sample(arbitrary, { numRuns: 1, seed: 1 })[0];
  const meant = meantRequests[nameOf(operation)];
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const kind = kindInPath(operation, name);
    const id = kind && pool.pick(kind, 1, endsWhatItNames(operation, name));
    return `${meant?.path?.[name] ?? id ?? "pg_class"}${MARK}`;
  });
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) => {
      const value = meant?.query?.[name] ?? sample(valueArbitrary(schema, making, name));
      return `${name}=${markedText(String(value))}`;
    });
  const form = FORMS[nameOf(operation)];
  const json = operation.body && markedJson(sample(valueArbitrary(operation.body, making)));
  return {
    operation: nameOf(operation),
    method: operation.method,
    target: path + (query.length === 0 ? "" : `?${query.join("&")}`),
    headers: contentType(operation, form !== undefined),
    body: form ? multipartBody(form.map((name) => ({ name, content: `1${MARK}` }))) : Buffer.from(json ?? ""),
    faults: 0,
  };
}

/** As sqlmap reads a request from a file. */
export function asText({ method, target, headers, body }: GeneratedRequest, host: string): string {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${[`${method} ${target} HTTP/1.1`, ...lines].join("\n")}\n\n${body ?? ""}`;
}

function markedText(text: string): string {
  const plain = /^[\w .,:@-]+$/.test(text) ? text : "pg_class";
  return encoded(plain).replaceAll("%2c", ",") + MARK;
}

/** A mark behind every text and number; a number's is outside of quotes, so that its value stays one. */
function markedJson(value: unknown): string {
  if (typeof value === "string") {
    const plain = /^[\w .,:@#-]+$/.test(value) ? value : "attack";
    return `"${plain}${MARK}"`;
  }
  if (typeof value === "number") return `${value}${MARK}`;
  if (Array.isArray(value)) return `[${value.slice(0, 1).map(markedJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([key]) => /^\w+$/.test(key));
  return `{${entries.map(([key, inner]) => `"${key}":${MARKED[key] ?? markedJson(inner)}`).join(",")}}`;
}
