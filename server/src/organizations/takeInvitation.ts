import type { InvitationPreview, Membership, RegisterInvited } from "@magtrace/contracts";
import { hashPassword } from "better-auth/crypto";
import type { Actor } from "../access/actor.ts";
import type { PasswordRules } from "../accounts/service.ts";
import { findUser, insertUser, requireRoomForOrganization } from "../accounts/service.ts";
import { AppError } from "../errors.ts";
import type { Author } from "../platform/author.ts";
import { authorSetting } from "../platform/database/auditStatements.ts";
import { type AccountsDb, inAccounts } from "../platform/database/inAccounts.ts";
import { sqlState } from "../platform/database/sqlState.ts";
import * as queries from "./invitationQueries.ts";
import { hashOfInvitation } from "./invitations.ts";
import { lockRoles } from "./memberQueries.ts";
import type { OrganizationsDeps } from "./service.ts";

export interface RegistrationDeps extends OrganizationsDeps {
  readonly passwords: PasswordRules;
}

const UNIQUE_VIOLATION = "23505";

/** The message for a link that cannot be used. Unknown, expired, revoked and used links get the same one. */
export async function readInvitation({ pool }: OrganizationsDeps, token: string): Promise<InvitationPreview> {
  const { organization, email, role, expires_at } = await requireGood(pool, hashOfInvitation(token));
  return { organization, email, role, expires_at };
}

/** For whoever has an account of the address that was invited. */
export async function acceptInvitation(
  { pool }: OrganizationsDeps,
  actor: Actor,
  token: string,
): Promise<Membership> {
  return inAccounts(pool, actor.database.author, async (db) => {
    const invitation = await requireGood(db, hashOfInvitation(token));
    if (invitation.email !== actor.access.user.email) {
      throw new AppError(
        "not_allowed",
        "This invitation was made for another e-mail address. Sign in with the account of that address.",
      );
    }
    return take(db, token, invitation, actor.userId);
  });
}

/** An account for the invited address, and the membership with it. */
export async function registerInvited(
  { pool, passwords }: RegistrationDeps,
  author: Author,
  { token, name, password }: RegisterInvited,
): Promise<{ email: string }> {
  const { email } = await requireGood(pool, hashOfInvitation(token));
  await passwords.check(password, { name, email });
  const passwordHash = await hashPassword(password);
  try {
    await inAccounts(pool, author, async (db) => {
      const invitation = await requireGood(db, hashOfInvitation(token));
      if (await findUser(db, email)) throw hasAccount();
      const { id } = await insertUser(db, { name, email, role: "user", passwordHash });
      await queries.setEmailVerified(db, id, invitation.mailed);
      await db.query(authorSetting({ ...author, userId: id }));
      await take(db, token, invitation, id);
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw hasAccount(error);
  }
  return { email };
}

/** Answered only to somebody with a valid link. */
function hasAccount(cause?: unknown): AppError {
  return new AppError(
    "conflict",
    "There is an account of this address already. Sign in with it, and accept the invitation.",
    { cause },
  );
}

async function requireGood(db: AccountsDb, tokenHash: Buffer): Promise<queries.GoodInvitation> {
  const invitation = await queries.findInvitation(db, tokenHash);
  if (!invitation) throw notGood();
  return invitation;
}

function notGood(): AppError {
  return new AppError(
    "not_found",
    "This invitation is not valid, or has expired or been used. Ask whoever invited you for another.",
  );
}

async function take(
  db: AccountsDb,
  token: string,
  invitation: queries.GoodInvitation,
  userId: number,
): Promise<Membership> {
  // Whoever takes the inviter's rights away meanwhile waits for this, or this for them.
  const roles = await lockRoles(db, invitation.organizationId, [userId]);
  if (!roles?.has(userId)) await requireRoomForOrganization(db, userId);
  if (!(await queries.useInvitation(db, hashOfInvitation(token)))) throw notGood();
  if (invitation.mailed) await queries.setEmailVerified(db, userId, true);
  const role = await queries.join(db, invitation, userId);
  return { id: invitation.organizationId, name: invitation.organization, role };
}
