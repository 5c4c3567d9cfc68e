import { APIError } from "better-auth/api";
import { twoFactor } from "better-auth/plugins";
import { sql } from "kysely";
import type pg from "pg";
import { noAuthor } from "../../platform/author.ts";
import { inAccounts, rows } from "../../platform/database/inAccounts.ts";
import { endOtherSessions } from "../own/sessionQueries.ts";
import { asAuthor } from "./authPool.ts";
import { alsoAfterSingleSignOn } from "./secondStep.ts";

/** A code of RFC 6238 is good for its 30 s and, as clocks differ, for one step before and after. */
const CODE_LIVES_SECONDS = 90;
/** Between password and code. */
const CHALLENGE_SECONDS = 300;

/**
 * Codes from an authenticator and recovery codes; five wrong codes end a sign-in, ten in a row close it for 15 minutes.
 * Asked for after a password, and after single sign-on where that is wanted.
 */
export function secondFactor(afterSingleSignOn: boolean) {
  const plugin = twoFactor({
    issuer: "MagTrace",
    twoFactorCookieMaxAge: CHALLENGE_SECONDS,
    // Accounts that sign in elsewhere have no password to give again.
    allowPasswordless: true,
    backupCodeOptions: { amount: 10, length: 10, storeBackupCodes: "encrypted" },
    schema: { twoFactor: { modelName: "twoFactors" } },
  });
  if (!afterSingleSignOn) return plugin;
  const after = [...plugin.hooks.after, ...plugin.hooks.after.map(alsoAfterSingleSignOn)];
  return { ...plugin, hooks: { ...plugin.hooks, after } };
}

/** What of better-auth's context a session is begun with. */
export interface EndpointCall {
  readonly path?: string;
  /** Whose session it comes with, if any. */
  readonly context?: { readonly session?: unknown };
  readonly body?: unknown;
}

/** Refuses a session for a code that has begun one already: whoever looks over a shoulder is too late. */
export async function claimCode(pool: pg.Pool, userId: number, call: EndpointCall | null): Promise<void> {
  if (call?.path !== "/two-factor/verify-totp") return;
  const { code } = call.body as { code: string };
  await rows(pool, sql`DELETE FROM used_codes WHERE user_id = ${userId} AND good_until < now()`);
  const claimed = await rows(
    pool,
    sql`INSERT INTO used_codes (user_id, code, good_until)
        VALUES (${userId}, ${code}, now() + ${CODE_LIVES_SECONDS} * interval '1 second')
        ON CONFLICT DO NOTHING RETURNING code`,
  );
  if (claimed.length === 0) {
    throw new APIError("UNAUTHORIZED", {
      code: "CODE_USED",
      message: "This code has been used. Wait for the next.",
    });
  }
}

export interface NewSession {
  readonly id: string | number;
  readonly userId: string | number;
}

const TURNED_ON_OR_OFF = new Set(["/two-factor/verify-totp", "/two-factor/disable"]);

/** With the second factor turned on or off, better-auth renews the session that did it; all others end. */
export async function endOthersWithChange(
  pool: pg.Pool,
  { id, userId }: NewSession,
  call: EndpointCall | null,
): Promise<void> {
  if (!TURNED_ON_OR_OFF.has(call?.path ?? "") || !call?.context?.session) return;
  const author = asAuthor.getStore() ?? noAuthor;
  await inAccounts(pool, author, (db) => endOtherSessions(db, Number(userId), Number(id)));
}
