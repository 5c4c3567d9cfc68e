import type { FastifyRequest } from "fastify";
import { requireCsrfToken } from "../../http/request/csrf.ts";
import { requireOwnOrigin } from "../../http/request/origin.ts";
import type { AccountsDeps } from "../accountsDeps.ts";

/** What is done without a session, also where an old one is still in the browser. */
const WITHOUT_SESSION =
  /^\/(sign-in\/|sign-up\/|request-password-reset$|reset-password$|send-verification-email$|verify-email$|two-factor\/verify-)/;

/** Refuses what better-auth would change for a session's cookie, unless one of our own pages asks for it. */
export async function requireOwnPage(
  deps: AccountsDeps,
  { path, headers, request }: { path: string; headers: Headers; request: FastifyRequest },
): Promise<void> {
  if (request.method === "GET" || WITHOUT_SESSION.test(path) || !headers.has("cookie")) return;
  const found = await deps.auth.api.getSession({ headers });
  if (!found) return;
  requireOwnOrigin(request, deps.publicOrigin());
  requireCsrfToken(request, deps.secret, Number(found.session.id));
}
