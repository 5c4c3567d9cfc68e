import type { FastifyRequest } from "fastify";
import type { RequestFacts } from "../../access/actor.ts";
import type { Reading } from "../../platform/author.ts";
import { clientAddress } from "../connection/trustProxy.ts";

/** What the audit says of a request beside who sent it. */
export function requestFacts(request: FastifyRequest): RequestFacts {
  return {
    ip: clientAddress(request),
    requestId: request.id,
    route: `${request.method} ${askedFor(request)}`,
    reading: readingOf(request),
  };
}

/** The address with what its route understands. Anything else may be a secret that was put there by mistake. */
function askedFor({ url, routeOptions }: FastifyRequest): string {
  const [path = "", search] = url.split("?", 2);
  if (search === undefined) return path;
  const known = routeOptions.config.parameters ?? [];
  const kept = search.split("&").filter((part) => known.includes(plainName(part)));
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}

/** `start_index` of `start%5Findex=3`. */
function plainName(part: string): string {
  const [name = ""] = part.split("=");
  return new URLSearchParams(name).keys().next().value ?? "";
}

/** Reading one's own account, or what is public, is reading nobody's data. */
function readingOf(request: FastifyRequest): Reading | null {
  const { permission } = request.routeOptions.config;
  if (permission === undefined || permission === "public" || permission.startsWith("account.")) return null;
  // Some questions are too long for an address, and are posted.
  const asks = request.method === "GET" || request.method === "HEAD" || permission.endsWith(".read");
  if (!asks) return null;
  return { action: permission, subject: subjectOf(request), targets: [], audited: new Set() };
}

/** Of the names a route understands: anybody may add others, to have the audit speak of something else. */
const ID_PARAMETER = /^[a-z]{1,20}(?:_[a-z]{1,20})?_id$/;

/** `dataset 12` from /api/datasets/12/data/, or from ?dataset_id=12. */
function subjectOf({ params, query, routeOptions }: FastifyRequest): string | null {
  const { id } = params as { id?: string };
  if (id !== undefined && /^\d{1,16}$/.test(id)) {
    const resource = routeOptions.url?.split("/")[2] ?? "";
    return `${singular(resource)} ${id}`;
  }
  const known = routeOptions.config.parameters ?? [];
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (
      known.includes(name) &&
      ID_PARAMETER.test(name) &&
      typeof value === "string" &&
      /^\d{1,16}$/.test(value)
    ) {
      return `${name.slice(0, -"_id".length)} ${value}`;
    }
  }
  return null;
}

function singular(resource: string): string {
  return resource.replace(/ies$/, "y").replace(/s$/, "").replaceAll("-", "_");
}
