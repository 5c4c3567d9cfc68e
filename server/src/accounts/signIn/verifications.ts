import { createHash } from "node:crypto";
import { sql } from "kysely";
import { type AccountsDb, rows } from "../../platform/database/inAccounts.ts";

/** A link for a new password, or a sign-in that waits for its second factor; the counter of its tries is neither. */
const OPENS_ACCOUNT = /^(reset-password:|2fa-(?!attempts-))/;
/** No letter of base64url, so that no hash looks like one of these. */
const MARK = "opens:";

/** What is mailed or kept in a cookie lies in the database as a hash, marked if it leads into its user's account. */
export async function storedIdentifier(identifier: string): Promise<string> {
  const hash = createHash("sha256").update(identifier).digest("base64url");
  return OPENS_ACCOUNT.test(identifier) ? MARK + hash : hash;
}

/** Ends what was begun with an old password, or is to lead into an account that is closed now. */
export async function endVerifications(db: AccountsDb, userId: number): Promise<void> {
  await rows(
    db,
    sql`DELETE FROM verifications WHERE value = ${String(userId)} AND starts_with(identifier, ${MARK})`,
  );
}
