import type { RouteOptions } from "fastify";
import type { Asker } from "./askers.ts";
import type { Sample } from "./expectation.ts";
import { rowOfParameter } from "./expectations.ts";
import type { Tenant } from "./tenants.ts";

/** One method of one path, as the table of expectations names it. */
export interface Endpoint {
  /** GET /api/projects/{id}/ */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly route: RouteOptions;
}

/** Routes as served, one for each method. */
export function endpointsOf(routes: readonly RouteOptions[]): Endpoint[] {
  return routes.flatMap((route) => [route.method].flat().map((method) => endpoint(method, route.url, route)));
}

function endpoint(method: string, url: string, route: RouteOptions): Endpoint {
  const path = url.replaceAll(/:(\w+)/g, "{$1}");
  return { name: `${method} ${path}`, method, path, route };
}

export interface Given {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export const SAFE = new Set(["GET", "HEAD"]);
const PATIENCE_MS = 60_000;

export async function send(
  address: string,
  endpoint: Pick<Endpoint, "method" | "path">,
  sample: Sample,
  asker: Asker,
): Promise<Given> {
  await asker.prepare?.();
  const ending = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(address + urlOf(endpoint.path, sample), {
    method: endpoint.method,
    redirect: "manual",
    signal: ending,
    headers: {
      ...(SAFE.has(endpoint.method) ? {} : { origin: address, ...asker.writeHeaders }),
      ...asker.headers,
      ...(sample.body === undefined ? {} : { "content-type": "application/json" }),
      ...sample.headers,
    },
    ...contentOf(sample),
  });
  return { status: response.status, headers: response.headers, text: await textOf(response) };
}

function contentOf({ body, bytes, form }: Sample): { body?: string | FormData } {
  if (bytes !== undefined) return { body: bytes };
  if (body !== undefined) return { body: JSON.stringify(body) };
  if (form === undefined) return {};
  const data = new FormData();
  for (const [name, value] of Object.entries(form.fields)) data.set(name, value);
  data.set("file", new Blob([form.file]), "new.csv");
  return { body: data };
}

/** The path with its rows filled in: those the sample gives, else the tenant's by the collection. */
export function withParams(endpoint: Endpoint, sample: Sample, { ids }: Tenant): Sample {
  const params: Record<string, number | string> = {};
  for (const [, name = ""] of endpoint.path.matchAll(/\{(\w+)\}/g)) {
    const row = rowOfParameter(endpoint.path, name);
    if (row !== undefined) params[name] = ids[row];
  }
  return { ...sample, params: { ...params, ...sample.params } };
}

function urlOf(path: string, { params = {}, query = {} }: Sample): string {
  const filled = path.replaceAll(/\{(\w+)\}|\*/g, (placeholder, name: string | undefined) => {
    const value = params[name ?? "*"];
    if (value === undefined) throw new Error(`nothing is said of ${placeholder} in ${path}`);
    return String(value);
  });
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

/** A stream of events never ends: its beginning stands for it. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.includes("event-stream")) {
    return Buffer.from(await response.arrayBuffer()).toString("latin1");
  }
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return Buffer.from(first?.value ?? []).toString("latin1");
}
