import { type Actor, createActor, type RequestFacts } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import { useSession } from "../own/sessionQueries.ts";
import { actorOfToken, TOKEN_PREFIX } from "./tokens.ts";

const JWT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Who sent this request, or null without a credential. A credential that is no longer good is refused. */
export async function authenticate(
  deps: AccountsDeps,
  headers: Headers,
  request: RequestFacts,
): Promise<Actor | null> {
  const authorization = headers.get("authorization");
  if (authorization !== null) return actorOfBearer(deps, authorization, request);
  if (!headers.has("cookie")) return null;
  const found = await deps.auth.api.getSession({ headers });
  if (!found) return null;
  const sessionId = Number(found.session.id);
  const access = await useSession(deps.pool, sessionId);
  if (!access || access.user.disabled) return null;
  return createActor(access, { credential: { kind: "session", sessionId }, request });
}

async function actorOfBearer(
  deps: AccountsDeps,
  authorization: string,
  request: RequestFacts,
): Promise<Actor> {
  const [scheme, token = ""] = authorization.split(/\s+/, 2);
  const isBearer = scheme?.toLowerCase() === "bearer";
  if (isBearer && token.startsWith(TOKEN_PREFIX)) return actorOfToken(deps, token, request);
  if (isBearer && JWT_FORM.test(token)) return deps.jwts.actorOf(token, request);
  throw new AppError("not_signed_in", 'Send "Authorization: Bearer mgt_…" with a token of yours.');
}
