import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { CreateToken, InstallationRole, Me, Setup, Token, TokenScope } from "@magtrace/contracts";
import { hashPassword } from "better-auth/crypto";
import type pg from "pg";
import { AppError } from "../errors.ts";
import { noAuthor } from "../platform/author.ts";
import { sqlState } from "../platform/database/transaction.ts";
import { type Actor, createActor, type RequestFacts } from "./actor.ts";
import type { Auth } from "./auth.ts";
import { notFound } from "./policy.ts";
import * as queries from "./queries.ts";

export interface AccountsDeps {
  readonly pool: pg.Pool;
  readonly auth: Auth;
  /** What set-up links are signed with. */
  readonly secret: Uint8Array;
}

const TOKEN_PREFIX = "mgt_";
const LEAST_PASSWORD = 12;
const UNIQUE_VIOLATION = "23505";

/** Who sent this request, or null without a credential. A credential that is no longer good is refused. */
export async function authenticate(
  deps: AccountsDeps,
  headers: Headers,
  request: RequestFacts,
): Promise<Actor | null> {
  const authorization = headers.get("authorization");
  if (authorization !== null) return actorOfToken(deps, authorization, request);
  if (!headers.has("cookie")) return null;
  const found = await deps.auth.api.getSession({ headers });
  if (!found) return null;
  const access = await queries.accessOf(deps.pool, Number(found.user.id));
  if (!access || access.user.disabled) return null;
  return createActor(access, {
    credential: { kind: "session", sessionId: Number(found.session.id) },
    request,
  });
}

async function actorOfToken(
  { pool }: AccountsDeps,
  authorization: string,
  request: RequestFacts,
): Promise<Actor> {
  const [scheme, token = ""] = authorization.split(/\s+/, 2);
  if (scheme?.toLowerCase() !== "bearer" || !token.startsWith(TOKEN_PREFIX)) {
    throw new AppError("not_signed_in", 'Send "Authorization: Bearer mgt_…" with a token of yours.');
  }
  const found = await queries.useToken(pool, hashToken(token));
  if (!found || found.access.user.disabled) {
    throw new AppError("not_signed_in", "This token is unknown, revoked or expired. Make a new one.");
  }
  return createActor(found.access, {
    credential: { kind: "token", tokenId: found.id },
    request,
    scopes: found.scopes as TokenScope[],
    onlyProject: found.project_id,
  });
}

function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

export function describe(actor: Actor): Me {
  const { user, organizations } = actor.access;
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    role: user.role,
    organizations: [...organizations],
  };
}

export async function createToken(
  pool: pg.Pool,
  userId: number,
  request: CreateToken,
): Promise<Token & { token: string }> {
  const secret = TOKEN_PREFIX + randomBytes(32).toString("base64url");
  const row = await queries.insertToken(pool, {
    userId,
    name: request.name,
    prefix: secret.slice(0, TOKEN_PREFIX.length + 4),
    hash: hashToken(secret),
    scopes: request.scopes,
    projectId: request.project ?? null,
    expiresAt: request.expires_at ? new Date(request.expires_at) : null,
  });
  return { ...tokenOf(row), token: secret };
}

/** A token made with a token may do no more than that one. */
export async function createOwnToken(deps: AccountsDeps, actor: Actor, request: CreateToken) {
  const wider = request.scopes.filter((scope) => !actor.scopes.has(scope));
  if (wider.length > 0) {
    throw new AppError(
      "not_allowed",
      `You cannot give a scope you do not have yourself: ${wider.join(", ")}.`,
    );
  }
  const project = request.project ?? actor.onlyProject;
  if (actor.onlyProject !== null && project !== actor.onlyProject) {
    throw new AppError("not_allowed", "This token is for one project and can make tokens for that one only.");
  }
  return createToken(deps.pool, actor.userId, { ...request, project });
}

export async function listOwnTokens({ pool }: AccountsDeps, actor: Actor): Promise<Token[]> {
  return (await queries.listTokens(pool, actor.userId)).map(tokenOf);
}

export async function revokeOwnToken({ pool }: AccountsDeps, actor: Actor, id: number): Promise<void> {
  if (!(await queries.revokeToken(pool, actor.userId, id))) throw notFound("token");
}

function tokenOf(row: queries.TokenRow): Token {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as TokenScope[],
    project: row.project_id,
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}

/** Good until the first administrator exists; the same at every start, so that a printed link stays good. */
export function setupToken(secret: Uint8Array): string {
  return createHmac("sha256", secret).update("first administrator").digest("base64url");
}

export async function isSetupNeeded(pool: pg.Pool): Promise<boolean> {
  return !(await queries.anyUserExists(pool));
}

/** The first administrator and the first organisation, with the link's token. */
export async function setUp(deps: AccountsDeps, request: Setup): Promise<void> {
  const expected = Buffer.from(setupToken(deps.secret));
  const given = Buffer.from(request.token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AppError("not_allowed", "This set-up link is not valid. Use the one `magtrace up` printed.");
  }
  const made = await createFirstAdmin(deps.pool, request);
  if (!made) throw new AppError("gone", "MagTrace has been set up already. Sign in instead.");
}

/** Returns false, changing nothing, when somebody has an account already. */
export async function createFirstAdmin(
  pool: pg.Pool,
  admin: { name: string; email: string; password: string; organization: string },
): Promise<boolean> {
  const passwordHash = await checkedHash(admin.password);
  return queries.inAccounts(pool, noAuthor, async (db) => {
    await queries.lockSetup(db);
    if (await queries.anyUserExists(db)) return false;
    const user = await queries.insertUser(db, { ...admin, role: "admin", passwordHash });
    await queries.insertOrganization(db, admin.organization, user.id);
    return true;
  });
}

export interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: InstallationRole;
  /** Joined as `organizationRole`; made when missing. Null joins the first there is. */
  readonly organization: string | null;
  readonly organizationRole: "owner" | "admin" | "member";
}

export async function createUser(pool: pg.Pool, request: NewUser): Promise<{ id: number }> {
  const passwordHash = await checkedHash(request.password);
  try {
    return await queries.inAccounts(pool, noAuthor, async (db) => {
      const user = await queries.insertUser(db, { ...request, passwordHash });
      const organization = await queries.findOrganization(db, request.organization);
      if (organization) {
        const role = request.organizationRole;
        await queries.addMember(db, { organizationId: organization.id, userId: user.id, role });
      } else {
        await queries.insertOrganization(db, request.organization ?? `${request.name}'s team`, user.id);
      }
      return { id: user.id };
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new AppError("conflict", `There is an account for ${request.email} already.`, { cause: error });
  }
}

export async function setUserDisabled(pool: pg.Pool, email: string, disabled: boolean): Promise<void> {
  const user = await requireUser(pool, email);
  await queries.inAccounts(pool, noAuthor, (db) => queries.setDisabled(db, user.id, disabled));
}

export async function setPassword(pool: pg.Pool, email: string, password: string): Promise<void> {
  const user = await requireUser(pool, email);
  const hash = await checkedHash(password);
  await queries.inAccounts(pool, noAuthor, (db) => queries.setPasswordHash(db, user.id, hash));
}

export async function createTokenFor(pool: pg.Pool, email: string, request: CreateToken) {
  const user = await requireUser(pool, email);
  return createToken(pool, user.id, request);
}

async function requireUser(pool: pg.Pool, email: string): Promise<queries.UserRow> {
  const user = await queries.findUser(pool, email);
  if (!user) throw new AppError("not_found", `There is no account for ${email}.`);
  return user;
}

async function checkedHash(password: string): Promise<string> {
  if (password.length < LEAST_PASSWORD || password.length > 128) {
    throw new AppError("validation_failed", `A password has ${LEAST_PASSWORD} to 128 characters.`);
  }
  return hashPassword(password);
}
