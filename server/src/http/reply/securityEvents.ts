import type { FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode } from "../../errors.ts";
import type { SecurityEvent } from "../../platform/logs/securityLog.ts";
import { clientAddress } from "../connection/trustProxy.ts";

/** Refusals that say something of whoever is refused. */
const REFUSALS: Partial<Record<ErrorCode, string>> = {
  wrong_credentials: "sign_in_failed",
  not_allowed: "refused",
  csrf_refused: "csrf_refused",
  locked_out: "locked_out",
  infected_file: "scan_hit",
  too_many_requests: "rate_limited",
};

/** Changes of who may do what, by method and route. The first that fits counts. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  [/^POST \/api\/auth\/sign-out$/, "sign_out"],
  [/^POST \/api\/auth\/(change|reset)-password$/, "password_changed"],
  [/^POST \/api\/auth\/two-factor\/(enable|disable|generate-backup-codes)$/, "two_factor_changed"],
  [/^POST \/api\/setup$/, "administrator_created"],
  [/^POST \/api\/tokens$/, "token_created"],
  [/^DELETE \/api\/tokens\//, "token_revoked"],
  [/^POST \/api\/(organizations|projects)\/:id\/transfer$/, "owner_changed"],
  [/^PUT \/api\/(organizations|projects)\/:id\/members\//, "role_changed"],
  [/^DELETE \/api\/(organizations|projects)\/:id\/members\//, "member_removed"],
  [/^POST \/api\/organizations\/:id\/invitations$/, "member_invited"],
  [/^POST \/api\/invitations\/(accept|register)$/, "member_joined"],
  [/^PATCH \/api\/users\//, "user_changed"],
  [/^POST \/api\/users\/:id\/sign_out$/, "sessions_ended"],
  [/^(DELETE \/api\/sessions\/|POST \/api\/sessions\/revoke_others$)/, "sessions_ended"],
  [/^POST \/api\/me\/delete$/, "account_deleted"],
];

/** What of a request that has been answered belongs into the security log; mostly nothing. */
export function securityEventOf(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: ErrorCode | null,
): SecurityEvent | null {
  const event = refusal ? refusalEvent(request, refusal) : changeEvent(callOf(request), reply);
  if (event === null) return null;
  return {
    event,
    ip: clientAddress(request),
    user: request.actor?.userId ?? claimedUser(request),
    request: request.id,
    detail: `${request.method}:${request.routeOptions.url ?? "-"}`,
  };
}

/** `DELETE /api/tokens/:id`, however the address was written; of sign-in and its siblings the whole path. */
function callOf({ method, routeOptions, params }: FastifyRequest): string {
  const rest = (params as Record<string, string>)["*"] ?? "";
  return `${method} ${routeOptions.url?.replace("*", rest).replace(/\/$/, "")}`;
}

function refusalEvent({ headers }: FastifyRequest, refusal: ErrorCode): string | null {
  if (refusal !== "not_signed_in") return REFUSALS[refusal] ?? null;
  // Who sends no credential at all is merely not signed in yet.
  return headers.authorization === undefined ? "not_signed_in" : "bad_credential";
}

function changeEvent(call: string, reply: FastifyReply): string | null {
  if (reply.statusCode >= 400) return null;
  const change = CHANGES.find(([pattern]) => pattern.test(call))?.[1];
  if (change) return change;
  // Also by the provider's way back, which is a GET.
  return setsSession(reply) && call.includes(" /api/auth/") ? "sign_in" : null;
}

function setsSession(reply: FastifyReply): boolean {
  const cookies = [reply.getHeader("set-cookie") ?? []].flat().map(String);
  return cookies.some((cookie) => /session_token=[^;]/.test(cookie) && !/max-age=0\b/i.test(cookie));
}

/** The address somebody tried to sign in with. */
function claimedUser({ routeOptions, body }: FastifyRequest): string | null {
  if (!routeOptions.url?.startsWith("/api/auth/") || typeof body !== "object" || body === null) return null;
  const { email } = body as { email?: unknown };
  return typeof email === "string" ? email : null;
}
