import type pg from "pg";
import { AppError } from "../../errors.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import { passwordHashOf, sessionAgeSeconds } from "../own/ownAccountQueries.ts";
import type { AuthCall } from "./authCall.ts";
import { admitPassword } from "./signIn.ts";

/** Long enough to read what is about to be done; too long for a screen left unlocked. */
const FRESH_SECONDS = 600;

/** Where no password is given once more: a session begun just now. Null: what asks is no session. */
export async function requireFresh(pool: pg.Pool, sessionId: number | null): Promise<void> {
  if (sessionId !== null && (await sessionAgeSeconds(pool, sessionId)) < FRESH_SECONDS) return;
  throw new AppError("not_signed_in", "Sign in once more, and do this within ten minutes of it.");
}

/** better-auth asks accounts with a password for it, and those without one for nothing. */
export async function admitOneself(deps: AccountsDeps, call: AuthCall): Promise<undefined> {
  await admitPassword(deps, call);
  const { user } = call;
  if (!user || (await passwordHashOf(deps.pool, Number(user.id))) !== null) return;
  await requireFresh(deps.pool, user.sessionId);
}
