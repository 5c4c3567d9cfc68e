import { type Actor, createActor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import { type Asked, admitSession, ticketOf } from "./admission.ts";
import { actorOfToken, TOKEN_PREFIX } from "./tokens.ts";

const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** All that says who asks; each in lower case, and null where it was not sent. */
export interface CredentialHeaders {
  get(name: "authorization" | "cookie"): string | null;
}

/** Who sent this request, or null without a credential. A credential that is no longer good is refused. */
export async function authenticate(
  deps: AccountsDeps,
  headers: CredentialHeaders,
  asked: Asked,
): Promise<Actor | null> {
  const authorization = headers.get("authorization");
  if (authorization !== null) return actorOfBearer(deps, authorization, asked);
  const cookies = headers.get("cookie");
  return cookies === null ? null : actorOfSession(deps, cookies, asked);
}

async function actorOfSession(
  deps: AccountsDeps,
  cookies: string,
  { request, ahead }: Asked,
): Promise<Actor | null> {
  const { pool, sessionCookie } = deps;
  const token = sessionCookie.tokenIn(cookies);
  if (token === null) return null;
  const admitted = await admitSession(pool, {
    token,
    renewBeforeSeconds: sessionCookie.renewBeforeSeconds,
    ahead,
  });
  if (!admitted) return null;
  // better-auth puts its end off, at most once a day.
  if (admitted.is_old) await deps.auth.api.getSession({ headers: new Headers({ cookie: cookies }) });
  return createActor(admitted, {
    credential: { kind: "session", sessionId: admitted.session_id },
    request,
    ahead: admitted.ahead,
    renewTicket: async () => ticketOf(await admitSession(pool, { token })),
  });
}

async function actorOfBearer(deps: AccountsDeps, authorization: string, asked: Asked): Promise<Actor> {
  const [scheme, token = ""] = authorization.split(/\s+/, 2);
  const isBearer = scheme?.toLowerCase() === "bearer";
  if (isBearer && token.startsWith(TOKEN_PREFIX)) return actorOfToken(deps, token, asked);
  if (isBearer && JWT_FORM.test(token)) return deps.jwts.actorOf(token, asked.request, asked.ahead);
  throw new AppError("not_signed_in", 'Send "Authorization: Bearer mgt_…" with a token of yours.');
}
