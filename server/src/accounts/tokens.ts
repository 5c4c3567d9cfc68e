import { createHash, randomBytes } from "node:crypto";
import type { CreateToken, Token, TokenScope } from "@magtrace/contracts";
import type pg from "pg";
import { AppError } from "../errors.ts";
import { type Author, noAuthor } from "../platform/author.ts";
import { inAccounts } from "../platform/database/inAccounts.ts";
import { type Actor, createActor, type RequestFacts } from "./actor.ts";
import { notFound, roleIn } from "./policy.ts";
import * as queries from "./queries.ts";
import { requireUser } from "./users.ts";

/** With 43 characters of base64url after it; docs/accounts.md tells secret scanners so. */
export const TOKEN_PREFIX = "mgt_";
/** More than anybody has a use for, and few enough to be looked through. */
const MOST_TOKENS = 100;

interface TokenDeps {
  readonly pool: pg.Pool;
}

/** The actor of a token that is good now. */
export async function actorOfToken(
  { pool }: TokenDeps,
  token: string,
  request: RequestFacts,
): Promise<Actor> {
  const found = await queries.useToken(pool, hashToken(token));
  if (!found || found.access.user.disabled) {
    throw new AppError("not_signed_in", "This token is unknown, revoked or expired. Make a new one.");
  }
  return createActor(found.access, {
    credential: { kind: "token", tokenId: found.id },
    request,
    scopes: found.scopes as TokenScope[],
    onlyProject: found.project_id,
    onlyProjectsOrganization: found.project_organization,
  });
}

function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** A token made with a token may do no more than that one, and no longer. */
export async function createOwnToken({ pool }: TokenDeps, actor: Actor, request: CreateToken) {
  await requireNoLonger(pool, actor, request);
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
  if (project !== null) await requireSeen(pool, actor, project);
  return createToken(pool, actor.reach.author, { ...request, userId: actor.userId, project });
}

async function requireNoLonger(pool: pg.Pool, { credential }: Actor, wanted: CreateToken): Promise<void> {
  if (credential.kind === "jwt") {
    throw new AppError("not_allowed", "A short-lived token makes no other. Ask with what it was made from.");
  }
  if (credential.kind !== "token") return;
  const end = await queries.tokenExpiry(pool, credential.tokenId);
  if (end === null || (wanted.expires_at && new Date(wanted.expires_at) <= end)) return;
  throw new AppError(
    "not_allowed",
    `This token makes none that lasts longer than itself: ${end.toISOString()}.`,
  );
}

async function requireSeen(pool: pg.Pool, actor: Actor, projectId: number): Promise<void> {
  const organizationId = await queries.organizationOfProject(pool, projectId);
  if (organizationId === null || roleIn(actor, { projectId, organizationId }) === null) {
    throw notFound("project");
  }
}

async function createToken(
  pool: pg.Pool,
  author: Author,
  request: CreateToken & { userId: number },
): Promise<Token & { token: string }> {
  const expiresAt = request.expires_at ? new Date(request.expires_at) : null;
  if (expiresAt && expiresAt.getTime() <= Date.now()) {
    throw new AppError("validation_failed", "A token cannot expire in the past.");
  }
  const secret = TOKEN_PREFIX + randomBytes(32).toString("base64url");
  const row = await inAccounts(pool, author, async (db) => {
    if ((await queries.countLiveTokens(db, request.userId)) >= MOST_TOKENS) {
      throw new AppError(
        "conflict",
        `There are ${MOST_TOKENS} tokens already. Revoke one you no longer need.`,
      );
    }
    return queries.insertToken(db, {
      userId: request.userId,
      name: request.name,
      prefix: secret.slice(0, TOKEN_PREFIX.length + 4),
      hash: hashToken(secret),
      scopes: request.scopes,
      projectId: request.project ?? null,
      expiresAt,
    });
  });
  return { ...tokenOf(row), token: secret };
}

/** By the command line, for whoever runs the installation. */
export async function createTokenFor(pool: pg.Pool, email: string, request: CreateToken) {
  const user = await requireUser(pool, email);
  return createToken(pool, noAuthor, { ...request, userId: user.id });
}

export async function listOwnTokens({ pool }: TokenDeps, actor: Actor): Promise<Token[]> {
  return (await queries.listTokens(pool, actor.userId)).map(tokenOf);
}

export async function revokeOwnToken({ pool }: TokenDeps, actor: Actor, id: number): Promise<void> {
  const revoked = await inAccounts(pool, actor.reach.author, (db) =>
    queries.revokeToken(db, actor.userId, id),
  );
  if (!revoked) throw notFound("token");
}

export function tokenOf(row: queries.TokenRow): Token {
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
