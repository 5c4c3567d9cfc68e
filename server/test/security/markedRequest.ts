import fc from "fast-check";
import { endsWhatItNames, type FixturePool, kindInPath } from "./fixturePool.ts";
import { multipartBody } from "./multipartArbitrary.ts";
import { nameOf, type Operation } from "./openApiDocument.ts";
import { encoded } from "./requestArbitrary.ts";
import { type Making, valueArbitrary } from "./valueArbitrary.ts";

/** What sqlmap puts its payloads in the place of. */
const MARK = "*";

const FORMS: Record<string, readonly string[]> = {
  "POST /api/datasets/upload/": ["project", "name", "mapping"],
  "POST /api/projects/import_project/": ["organization", "name"],
};

/** A request that keeps to its schemas and leaves nothing out, with a mark behind every value, as text for sqlmap. */
export function markedRequest(
  operation: Operation,
  pool: FixturePool,
  { host, token }: { host: string; token: string },
) {
  // An answer that streams for ever would keep sqlmap waiting: a project that does not exist is looked up all the same.
  const streams = operation.path === "/api/events/";
  const making: Making = {
    pickId: (kind, number) => (streams ? 900_000_000 : pool.pick(kind, number, false)),
    complete: true,
  };
  const sample = (arbitrary: fc.Arbitrary<unknown>) => fc.sample(arbitrary, { numRuns: 1, seed: 1 })[0];
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const kind = kindInPath(operation, name);
    return `${kind ? pool.pick(kind, 1, endsWhatItNames(operation, name)) : "pg_class"}${MARK}`;
  });
  const query = operation.parameters
    .filter((parameter) => parameter.in === "query")
    .map(({ name, schema }) => `${name}=${markedText(String(sample(valueArbitrary(schema, making, name))))}`);
  const search = query.length === 0 ? "" : `?${query.join("&")}`;
  const head = [
    `${operation.method} ${path}${search} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
  ];
  const form = FORMS[nameOf(operation)];
  if (form) {
    const fields = form.map((name) => ({ name, content: `1${MARK}` }));
    head.push("Content-Type: multipart/form-data; boundary=attack");
    return `${head.join("\n")}\n\n${multipartBody(fields)}`;
  }
  if (!operation.body) return `${head.join("\n")}\n\n`;
  head.push("Content-Type: application/json");
  return `${head.join("\n")}\n\n${markedJson(sample(valueArbitrary(operation.body, making)))}`;
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
  return `{${entries.map(([key, inner]) => `"${key}":${markedJson(inner)}`).join(",")}}`;
}
