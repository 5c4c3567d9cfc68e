import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import { AppError } from "../../errors.ts";
import type { Bounds } from "./bounds.ts";

/** Headers of which a second one could mean something else to us than to a proxy in front. */
const ONCE = new Set([
  "authorization",
  "content-length",
  "content-type",
  "cookie",
  "host",
  "origin",
  "transfer-encoding",
  "x-csrf-token",
]);

/** Refuses what is too long or said twice before anybody is asked who sent it. */
export function boundRequests(app: FastifyInstance, bounds: Bounds): void {
  app.addHook("onRequest", async (request) => {
    if (request.raw.url !== undefined && request.raw.url.length > bounds.urlBytes) {
      throw new AppError("url_too_long", `An address may have at most ${bounds.urlBytes} bytes.`);
    }
    requireHeaders(request, bounds);
  });
}

function requireHeaders({ raw: { rawHeaders } }: FastifyRequest, { headers }: Bounds): void {
  if (rawHeaders.length > headers * 2) {
    throw new AppError("headers_too_large", `A request may have at most ${headers} headers.`);
  }
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) throw new AppError("bad_request", `The header ${name} may be sent once.`);
    seen.add(name);
  }
}

/** A hook that refuses a query parameter given twice where one value is wanted. */
export function refuseRepeated(query: TSchema) {
  const single = new Set(singleParameters(query));
  return async (request: FastifyRequest): Promise<void> => {
    for (const [name, value] of Object.entries(request.query as Record<string, unknown>)) {
      if (Array.isArray(value) && single.has(name)) {
        throw new AppError(
          "bad_request",
          `The parameter ${name} is given ${value.length} times. Give it once.`,
        );
      }
    }
  };
}

interface ObjectSchema {
  readonly properties?: Record<string, { readonly type?: string }>;
  readonly allOf?: readonly ObjectSchema[];
}

function singleParameters({ properties = {}, allOf = [] }: ObjectSchema): string[] {
  const own = Object.keys(properties).filter((name) => properties[name]!.type !== "array");
  return [...own, ...allOf.flatMap(singleParameters)];
}
