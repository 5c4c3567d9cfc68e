import { createHmac, timingSafeEqual } from "node:crypto";
import type { Setup } from "@magtrace/contracts";
import type pg from "pg";
import { AppError } from "../../errors.ts";
import { type Author, noAuthor } from "../../platform/author.ts";
import { authorSetting } from "../../platform/database/auditStatements.ts";
import { inAccounts } from "../../platform/database/inAccounts.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import * as queries from "../queries.ts";
import { checkedHash } from "./passwords.ts";

/** Good until the first administrator exists; the same at every start, so that a printed link stays good. */
export function setupToken(secret: Uint8Array): string {
  return createHmac("sha256", secret).update("first administrator").digest("base64url");
}

export async function isSetupNeeded(pool: pg.Pool): Promise<boolean> {
  return !(await queries.anyAdminExists(pool));
}

/** The first administrator and the first organisation, with the link's token. */
export async function setUp(deps: AccountsDeps, author: Author, request: Setup): Promise<void> {
  const expected = Buffer.from(setupToken(deps.secret));
  const given = Buffer.from(request.token);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new AppError("not_allowed", "This set-up link is not valid. Use the one `magtrace up` printed.");
  }
  await deps.passwords.check(request.password, request);
  const made = await createFirstAdmin(deps.pool, request, author);
  if (made) return;
  if (await isSetupNeeded(deps.pool)) {
    throw new AppError("conflict", "This address has an account already. Choose another address.");
  }
  throw new AppError("gone", "MagTrace has been set up already. Sign in instead.");
}

/**
 * Returns false, changing nothing, when there is an administrator already, or an account of the address.
 * @param author whoever followed the set-up link; null for what the configuration says.
 */
export async function createFirstAdmin(
  pool: pg.Pool,
  admin: { name: string; email: string; password: string; organization: string },
  author: Author | null = null,
): Promise<boolean> {
  const passwordHash = await checkedHash(admin.password, admin);
  return inAccounts(pool, author ?? noAuthor, async (db) => {
    await queries.lockSetup(db);
    if (await queries.anyAdminExists(db)) return false;
    if (await queries.findUser(db, admin.email)) return false;
    const user = await queries.insertUser(db, { ...admin, role: "admin", passwordHash });
    if (author) await db.query(authorSetting({ ...author, userId: user.id }));
    await queries.insertOrganization(db, admin.organization, user.id);
    return true;
  });
}
