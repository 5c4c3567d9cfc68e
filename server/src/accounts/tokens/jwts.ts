import type { JwkSet, Jwt, TokenScope } from "@magtrace/contracts";
import { resolveSigningKey } from "better-auth/plugins";
import { createLocalJWKSet, type JWTVerifyGetKey, jwtVerify, SignJWT } from "jose";
import { JWKSNoMatchingKey } from "jose/errors";
import type pg from "pg";
import {
  type Actor,
  type Admission,
  createActor,
  type LastingCredential,
  type RequestFacts,
} from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import type { Statement } from "../../platform/database/batch.ts";
import { type Auth, keyOptions } from "../signIn/auth.ts";
import { admitSession, admitToken, ticketOf, type WithAhead } from "./admission.ts";

/** Tokens of 15 minutes, made from a session or an API token and never more than it. */
export interface Jwts {
  issue(actor: Actor): Promise<Jwt>;
  actorOf(token: string, request: RequestFacts, ahead?: Statement | null): Promise<Actor>;
  /** What others verify them with. */
  publicKeys(): Promise<JwkSet>;
}

export interface JwtOptions {
  readonly auth: Auth;
  readonly pool: pg.Pool;
  readonly keyDays: number;
  readonly issuer: () => string;
  readonly now?: () => number;
}

const LIFE_SECONDS = 15 * 60;
const ALGORITHM = "EdDSA";
const AUDIENCE = "magtrace";
/** Keeps other JWTs of the same keys from being taken for one of these (RFC 8725 §3.11). */
const TYPE = "at+jwt";

interface Claims {
  readonly scopes: TokenScope[];
  readonly of: LastingCredential;
}

export function openJwts({ auth, pool, keyDays, issuer, now = Date.now }: JwtOptions): Jwts {
  const keys = keySource(auth, now);
  return {
    async issue(actor) {
      const { credential } = actor;
      if (credential.kind !== "session" && credential.kind !== "token") {
        throw new AppError(
          "not_allowed",
          "A short-lived token cannot make another. Use the session or API token that it was made from.",
        );
      }
      const key = await resolveSigningKey({ context: await auth.$context } as never, keyOptions(keyDays));
      if (!key) throw new Error("signing is left to somebody else");
      const issued = Math.floor(now() / 1000);
      const expires = issued + LIFE_SECONDS;
      const claims: Claims = { scopes: [...actor.scopes], of: credential };
      const token = await new SignJWT({ ...claims })
        .setProtectedHeader({ alg: ALGORITHM, kid: key.kid, typ: TYPE })
        .setIssuer(issuer())
        .setAudience(AUDIENCE)
        .setSubject(String(actor.userId))
        .setIssuedAt(issued)
        .setExpirationTime(expires)
        .sign(key.privateKey);
      return { token, expires_at: new Date(expires * 1000).toISOString() };
    },

    async actorOf(token, request, ahead = null) {
      const { payload } = await jwtVerify<Claims>(token, keys.find, {
        algorithms: [ALGORITHM],
        audience: AUDIENCE,
        issuer: issuer(),
        typ: TYPE,
        maxTokenAge: LIFE_SECONDS,
        requiredClaims: ["sub", "exp"],
        currentDate: new Date(now()),
      }).catch(() => {
        throw notGood();
      });
      const { scopes, of, sub } = payload;
      const source = await sourceOf(pool, of, scopes, ahead);
      if (!source || String(source.admission.user_id) !== sub) throw notGood();
      return createActor(source.admission, {
        credential: { kind: "jwt", of },
        request,
        ahead: source.admission.ahead,
        scopes: source.scopes,
        onlyProject: source.project,
        onlyProjectsOrganization: source.projectsOrganization,
        renewTicket: async () => ticketOf((await sourceOf(pool, of, scopes))?.admission ?? null),
      });
    },

    publicKeys: keys.all,
  };
}

interface Source {
  readonly admission: Admission & WithAhead;
  readonly scopes: readonly TokenScope[];
  readonly project: number | null;
  readonly projectsOrganization: number | null;
}

/** What it was made from, as it is now: revoked, it makes no more than nothing. */
async function sourceOf(
  pool: pg.Pool,
  of: LastingCredential,
  claimed: readonly TokenScope[],
  ahead: Statement | null = null,
): Promise<Source | null> {
  if (of.kind === "session") {
    const admission = await admitSession(pool, { id: of.sessionId, claimed, ahead });
    return admission && { admission, scopes: claimed, project: null, projectsOrganization: null };
  }
  const admission = await admitToken(pool, { id: of.tokenId, claimed, ahead });
  if (!admission) return null;
  const { scopes, project_id: project, project_organization: projectsOrganization } = admission;
  return { admission, scopes, project, projectsOrganization };
}

const KEYS_KEPT_MS = 5 * 60_000;
/** Made-up key ids must not become queries. */
const LOOK_AGAIN_MS = 5_000;

/** The public keys, kept for minutes; a key just made elsewhere is looked for. */
function keySource(auth: Auth, now: () => number): { all: () => Promise<JwkSet>; find: JWTVerifyGetKey } {
  let kept: { readonly find: JWTVerifyGetKey; readonly since: number } | null = null;
  let missedAt = Number.NEGATIVE_INFINITY;

  async function all(): Promise<JwkSet> {
    const { keys } = await auth.api.getJwks();
    return { keys: keys.map((key) => ({ ...key, use: "sig" })) as JwkSet["keys"] };
  }

  async function load(): Promise<JWTVerifyGetKey> {
    const find = createLocalJWKSet((await all()) as Parameters<typeof createLocalJWKSet>[0]);
    kept = { find, since: now() };
    return find;
  }

  return {
    all,
    async find(header, token) {
      const isFresh = kept !== null && now() - kept.since < KEYS_KEPT_MS;
      const find = kept && isFresh ? kept.find : await load();
      try {
        return await find(header, token);
      } catch (error) {
        if (!(error instanceof JWKSNoMatchingKey) || now() - missedAt < LOOK_AGAIN_MS) throw error;
        missedAt = now();
        return (await load())(header, token);
      }
    },
  };
}

function notGood(): AppError {
  return new AppError(
    "not_signed_in",
    "This short-lived token is not valid, or what it was made from has ended. Make a new one: POST /api/jwt/.",
  );
}
