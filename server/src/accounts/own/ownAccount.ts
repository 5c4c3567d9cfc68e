import type { DeleteMe, Me, UpdateMe } from "@magtrace/contracts";
import { verifyPassword } from "better-auth/crypto";
import type pg from "pg";
import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { inAccounts } from "../../platform/database/inAccounts.ts";
import { lockAdmins } from "../administration/administrationQueries.ts";
import { requireFresh } from "../signIn/presence.ts";
import type { SignInGuard } from "../signIn/signInGuard.ts";
import { describe } from "./me.ts";
import * as queries from "./ownAccountQueries.ts";

interface OwnAccountDeps {
  readonly pool: pg.Pool;
  readonly signInGuard: SignInGuard;
}

export async function updateMe({ pool }: OwnAccountDeps, actor: Actor, change: UpdateMe): Promise<Me> {
  const name = change.name?.trim() ?? actor.access.user.name;
  if (name !== actor.access.user.name) {
    await inAccounts(pool, actor.database.author, (db) => queries.renameUser(db, actor.userId, name));
  }
  return { ...describe(actor), name };
}

export async function exportMe({ pool }: OwnAccountDeps, actor: Actor): Promise<Record<string, unknown>> {
  return { exported_at: new Date().toISOString(), ...(await queries.readEverything(pool, actor.userId)) };
}

/**
 * Deletes the account, with its sessions, tokens and memberships. What it made stays with the organisations it was
 * made in, by nobody; so does the audit.
 */
export async function deleteMe(
  deps: OwnAccountDeps,
  actor: Actor,
  { password = "" }: DeleteMe,
): Promise<void> {
  await requirePresence(deps, actor, password);
  await inAccounts(deps.pool, actor.database.author, async (db) => {
    const admins = await lockAdmins(db);
    if (admins.has(actor.userId) && admins.size === 1) {
      throw new AppError(
        "conflict",
        "You are the last administrator of this installation. Make somebody else one first.",
      );
    }
    const owned = await queries.lockOwnedAlone(db, actor.userId);
    if (owned.length > 0) {
      const names = owned.map(({ name }) => `"${name}"`).join(", ");
      throw new AppError(
        "conflict",
        `You are the last owner of ${names}. Transfer ownership to another member first.`,
        {
          details: { organizations: owned },
        },
      );
    }
    await queries.deleteUser(db, actor.userId);
  });
}

/** The password once more; of who has none, a session begun just now. */
async function requirePresence(
  { pool, signInGuard }: OwnAccountDeps,
  actor: Actor,
  password: string,
): Promise<void> {
  const hash = await queries.passwordHashOf(pool, actor.userId);
  if (hash !== null) {
    await signInGuard.admitAgain(actor.userId);
    if (await verifyPassword({ hash, password })) return signInGuard.succeededAgain(actor.userId);
    throw new AppError("wrong_credentials", "The password is not right.");
  }
  const { credential } = actor;
  await requireFresh(pool, credential.kind === "session" ? credential.sessionId : null);
}
