import type { InstallationRole } from "@magtrace/contracts";
import type pg from "pg";
import { AppError } from "../../errors.ts";
import { noAuthor } from "../../platform/author.ts";
import { inAccounts } from "../../platform/database/inAccounts.ts";
import { sqlState } from "../../platform/database/sqlState.ts";
import * as queries from "../queries.ts";
import { checkedHash } from "../signIn/passwords.ts";

/** Accounts as the operator of the installation makes and changes them: by the command line. */

const UNIQUE_VIOLATION = "23505";

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
  const passwordHash = await checkedHash(request.password, request);
  try {
    return await inAccounts(pool, noAuthor, async (db) => {
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
  await inAccounts(pool, noAuthor, (db) => queries.setDisabled(db, user.id, disabled));
}

export async function resetTwoFactor(pool: pg.Pool, email: string): Promise<void> {
  const user = await requireUser(pool, email);
  await inAccounts(pool, noAuthor, (db) => queries.removeTwoFactor(db, user.id));
}

export async function setPassword(pool: pg.Pool, email: string, password: string): Promise<void> {
  const user = await requireUser(pool, email);
  const hash = await checkedHash(password, user);
  await inAccounts(pool, noAuthor, (db) => queries.setPasswordHash(db, user.id, hash));
}

export async function requireUser(pool: pg.Pool, email: string): Promise<queries.UserRow> {
  const user = await queries.findUser(pool, email);
  if (!user) throw new AppError("not_found", `There is no account for ${email}.`);
  return user;
}
