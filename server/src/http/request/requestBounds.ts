import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import { AppError } from "../../errors.ts";
import type { Bounds } from "../connection/bounds.ts";

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
  // Where one header can be read in two ways, a proxy may see other requests behind it than we do. The next one is
  // there before this one has been answered, so the connection is marked as soon as the header has been read.
  const doubtful = new WeakSet<Duplex>();
  app.server.on("request", (request) => {
    if (doubtIn(request) !== null) doubtful.add(request.socket);
  });
  app.addHook("onRequest", async ({ raw }, reply) => {
    if (doubtful.has(raw.socket)) {
      reply.header("Connection", "close");
      throw new AppError(
        "bad_request",
        doubtIn(raw) ??
          "An earlier request on this connection was ambiguous. Open a new connection and send the request again.",
      );
    }
    const { "content-encoding": encoding = "identity" } = raw.headers;
    if (encoding !== "identity") {
      throw new AppError(
        "unsupported_media_type",
        "A body must be sent without Content-Encoding. A file in it may be packed.",
      );
    }
    if (raw.url !== undefined && raw.url.length > bounds.urlBytes) {
      throw new AppError("url_too_long", `An address may have at most ${bounds.urlBytes} bytes.`);
    }
    if (raw.rawHeaders.length > bounds.headers * 2) {
      throw new AppError("headers_too_large", `A request may have at most ${bounds.headers} headers.`);
    }
  });
}

/** Why another program might take these headers for something else than we do, or null. */
function doubtIn({ rawHeaders, headers, httpVersion }: IncomingMessage): string | null {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return `The header ${name} may be sent once.`;
    seen.add(name);
  }
  return headers.host === undefined && httpVersion !== "1.0" ? "The header host is missing." : null;
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

/** Names of the parameters that a route understands. */
export function parametersOf({ properties = {}, allOf = [] }: ObjectSchema): string[] {
  return [...Object.keys(properties), ...allOf.flatMap(parametersOf)];
}

interface ObjectSchema {
  readonly properties?: Record<string, { readonly type?: string }>;
  readonly allOf?: readonly ObjectSchema[];
}

function singleParameters({ properties = {}, allOf = [] }: ObjectSchema): string[] {
  const own = Object.keys(properties).filter((name) => properties[name]!.type !== "array");
  return [...own, ...allOf.flatMap(singleParameters)];
}
