import { createHash, randomBytes } from "node:crypto";
import type { CreateToken, Token, TokenScope } from "@magtrace/contracts";
import type pg from "pg";
import { type Actor, createActor } from "../../access/actor.ts";
import { notFound } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import { type Author, noAuthor } from "../../platform/author.ts";
import { type AccountsDb, inAccounts } from "../../platform/database/inAccounts.ts";
import { requireUser } from "../administration/users.ts";
import * as queries from "../queries.ts";
import { requireFresh } from "../signIn/presence.ts";
import { type Asked, admitToken, admitUser, ticketOf } from "./admission.ts";

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
  { request, ahead }: Asked,
): Promise<Actor> {
  const hash = hashToken(token);
  const found = await admitToken(pool, { hash, ahead });
  if (!found) throw notGood();
  return createActor(found, {
    credential: { kind: "token", tokenId: found.token_id },
    request,
    ahead: found.ahead,
    scopes: found.scopes,
    onlyProject: found.project_id,
    onlyProjectsOrganization: found.project_organization,
    renewTicket: async () => ticketOf(await admitToken(pool, { hash })),
  });
}

function notGood(): AppError {
  return new AppError("not_signed_in", "This token is unknown, revoked or expired. Make a new one.");
}

function hashToken(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** A token made with a token may do no more than that one, and no longer, and ends with it. */
export async function createOwnToken({ pool }: TokenDeps, actor: Actor, request: CreateToken) {
  const { credential } = actor;
  if (credential.kind === "jwt") {
    throw new AppError(
      "not_allowed",
      "A short-lived token cannot make another. Use the session or API token that it was made from.",
    );
  }
  // It would outlast the session and every change of the password: a session found open does not make one.
  if (credential.kind === "session" && request.scopes.includes("admin")) {
    await requireFresh(pool, credential.sessionId);
  }
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
  const madeWith = credential.kind === "token" ? credential.tokenId : null;
  return createToken(pool, actor.database.author, { ...request, userId: actor.userId, project, madeWith });
}

/** Asked once nobody can revoke it any more: what has ended meanwhile makes nothing that would outlive it. */
async function requireNoLonger(db: AccountsDb, tokenId: number, wanted: Date | null): Promise<void> {
  const end = await queries.tokenExpiry(db, tokenId);
  if (end === undefined) throw notGood();
  if (end === null || (wanted && wanted <= end)) return;
  throw new AppError(
    "not_allowed",
    `This token cannot make one that lasts longer than itself. Choose an end no later than ${end.toISOString()}.`,
  );
}

async function requireSeen(pool: pg.Pool, actor: Actor, project: number): Promise<void> {
  const found = await admitUser(pool, actor.userId, { project });
  if (!found?.project_role) throw notFound("project");
}

async function createToken(
  pool: pg.Pool,
  author: Author,
  request: CreateToken & { userId: number; madeWith: number | null },
): Promise<Token & { token: string }> {
  const expiresAt = request.expires_at ? new Date(request.expires_at) : null;
  if (expiresAt && expiresAt.getTime() <= Date.now()) {
    throw new AppError("validation_failed", "A token cannot expire in the past.");
  }
  const secret = TOKEN_PREFIX + randomBytes(32).toString("base64url");
  const { userId, madeWith } = request;
  const row = await inAccounts(pool, author, async (db) => {
    await queries.lockTokensOf(db, userId);
    if (madeWith !== null) await requireNoLonger(db, madeWith, expiresAt);
    if ((await queries.countLiveTokens(db, userId)) >= MOST_TOKENS) {
      throw new AppError(
        "conflict",
        `There are ${MOST_TOKENS} tokens already. Revoke one you no longer need.`,
      );
    }
    return queries.insertToken(db, {
      userId,
      name: request.name,
      prefix: secret.slice(0, TOKEN_PREFIX.length + 4),
      hash: hashToken(secret),
      scopes: request.scopes,
      projectId: request.project ?? null,
      expiresAt,
      madeWith,
    });
  });
  return { ...tokenOf(row), token: secret };
}

/** By the command line, for whoever runs the installation. */
export async function createTokenFor(pool: pg.Pool, email: string, request: CreateToken) {
  const user = await requireUser(pool, email);
  return createToken(pool, noAuthor, { ...request, userId: user.id, madeWith: null });
}

export async function listOwnTokens({ pool }: TokenDeps, actor: Actor): Promise<Token[]> {
  return (await queries.listTokens(pool, actor)).map(tokenOf);
}

export async function revokeOwnToken({ pool }: TokenDeps, actor: Actor, id: number): Promise<void> {
  const revoked = await inAccounts(pool, actor.database.author, async (db) => {
    await queries.lockTokensOf(db, actor.userId);
    return queries.revokeToken(db, actor, id);
  });
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
