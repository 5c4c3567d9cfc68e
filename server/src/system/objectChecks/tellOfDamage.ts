import type pg from "pg";
import type { SecurityLog } from "../../platform/logs/securityLog.ts";
import type { Mailer } from "../../platform/mail/mailer.ts";

export interface DamageListeners {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly securityLog: SecurityLog;
  /** Null where no mail is configured. */
  readonly mail: Mailer | null;
  readonly publicUrl: string;
}

export interface DamagedObject {
  readonly key: string;
  /** Who refers to it: `original of dataset 12`. */
  readonly what: string | null;
  readonly fault: string;
  readonly organizationId: number | null;
}

const MOST_LINES = 20;

/** The security log, and the administrators of each organisation that something of was damaged. */
export async function tellOfDamage(
  { accountsPool, securityLog, mail, publicUrl }: DamageListeners,
  found: readonly DamagedObject[],
): Promise<void> {
  for (const { key } of found) securityLog.write({ event: "object_damaged", ip: null, detail: key });
  if (mail === null) return;
  for (const [organizationId, theirs] of Map.groupBy(found, (each) => each.organizationId)) {
    if (organizationId === null) continue;
    const text = mailText(theirs, publicUrl);
    for (const to of await administratorsOf(accountsPool, organizationId)) {
      mail.queueSoon({ to, subject: "MagTrace: stored files are damaged", text });
    }
  }
}

function mailText(found: readonly DamagedObject[], publicUrl: string): string {
  const lines = found.slice(0, MOST_LINES).map(({ key, what, fault }) => `- ${what ?? key}: ${fault}`);
  const more = found.length - lines.length;
  return [
    `A check found ${found.length === 1 ? "a stored file" : `${found.length} stored files`} of your organisation damaged${publicUrl === "" ? "" : ` at ${publicUrl}`}:`,
    "",
    ...lines,
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "Nothing else is affected. Ask whoever runs MagTrace to restore these files from a backup; the command",
    "`magtrace fsck` shows them.",
  ].join("\n");
}

async function administratorsOf(pool: pg.Pool, organizationId: number): Promise<string[]> {
  const { rows } = await pool.query<{ email: string }>(
    `SELECT u.email FROM accounts.members m JOIN accounts.users u ON u.id = m.user_id
     WHERE m.organization_id = $1 AND m.role IN ('owner', 'admin') AND NOT coalesce(u.banned, false) ORDER BY 1`,
    [organizationId],
  );
  return rows.map(({ email }) => email);
}
