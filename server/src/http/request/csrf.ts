import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";

/** What changes made with a session's cookie must carry: nobody else's page can read it. */
export function csrfToken(secret: Uint8Array, sessionId: number): string {
  return createHmac("sha256", secret).update(`csrf token of session ${sessionId}`).digest("base64url");
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Besides the check of the origin, which a browser with a fault or an old one may get wrong. */
export function requireCsrfToken(request: FastifyRequest, secret: Uint8Array, sessionId: number): void {
  if (SAFE.has(request.method)) return;
  const sent = Buffer.from(String(request.headers["x-csrf-token"] ?? ""));
  const wanted = Buffer.from(csrfToken(secret, sessionId));
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return;
  throw new AppError(
    "csrf_refused",
    "A change made with a cookie must carry the header X-CSRF-Token with `csrf_token` of GET /api/me/.",
  );
}
