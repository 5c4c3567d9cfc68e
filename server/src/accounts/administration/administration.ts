import type { UpdateUser, User } from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../../access/actor.ts";
import { notFound, requireScope } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { inAccounts } from "../../platform/database/inAccounts.ts";
import { setDisabled } from "../queries.ts";
import * as queries from "./administrationQueries.ts";

export interface AdministrationDeps {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
}

export async function listUsers(
  { pool }: AdministrationDeps,
  actor: Actor,
  query: PageRequest & { search?: string },
): Promise<Page<User>> {
  requireScope(actor, "installation.manage");
  return inAccounts(pool, actor.database.author, (db) => queries.listUsers(db, query));
}

/**
 * Changes what a user may do in the whole installation, from their next request on. Nobody changes themselves, and
 * whoever changes others is an administrator: so there always is one who can sign in.
 */
export async function updateUser(
  { pool }: AdministrationDeps,
  actor: Actor,
  id: number,
  { role, disabled }: UpdateUser,
): Promise<User> {
  requireScope(actor, "installation.manage");
  if (id === actor.userId) {
    throw new AppError(
      "conflict",
      "You cannot change your own role or disable your own account. Ask another administrator.",
    );
  }
  return inAccounts(pool, actor.database.author, async (db) => {
    const admins = await queries.lockAdmins(db);
    // Two who demote each other at once: the second is no administrator any more.
    if (!admins.has(actor.userId)) {
      throw new AppError("not_allowed", "Only administrators of this installation may do that.");
    }
    const user = await queries.readUser(db, id);
    if (!user) throw notFound("user");
    if (role !== undefined && role !== user.role) await queries.setRole(db, id, role);
    if (disabled !== undefined && disabled !== user.disabled) await setDisabled(db, id, disabled);
    return (await queries.readUser(db, id))!;
  });
}

/** Ends every session of a user, and with them what was made from them; tokens stay as they are. */
export async function signOutUser({ pool }: AdministrationDeps, actor: Actor, id: number): Promise<void> {
  requireScope(actor, "installation.manage");
  await inAccounts(pool, actor.database.author, async (db) => {
    if (!(await queries.readUser(db, id))) throw notFound("user");
    await queries.endSessions(db, id);
  });
}
