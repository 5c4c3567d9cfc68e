import type { FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses a change made with a cookie unless the browser says it comes from our own pages. Tokens need no such check:
 * no browser sends them by itself.
 */
export function requireOwnOrigin(request: FastifyRequest, publicOrigin: string): void {
  if (SAFE.has(request.method)) return;
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const own = origin === publicOrigin || origin === `${request.protocol}://${request.host}`;
  if (own || (origin === undefined && site === "same-origin")) return;
  throw new AppError(
    "csrf_refused",
    "A change made with a cookie must come from MagTrace's own pages. Scripts use a token: Authorization: Bearer mgt_…",
  );
}
