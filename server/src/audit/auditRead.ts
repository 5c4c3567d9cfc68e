import type pg from "pg";
import type { Actor } from "../access/actor.ts";
import { unauditedTargets } from "../platform/author.ts";
import { INSTALLATION, inAccounts } from "../platform/database/inAccounts.ts";

/** Tells the audit what a request read beside transactions of its actor's: accounts and memberships, by the accounts role. */
export async function auditRead(accounts: pg.Pool, actor: Actor): Promise<void> {
  const { author } = actor.database;
  const { reading } = author;
  if (!reading || reading.audited.size > 0) return;
  if (reading.targets.length === 0) {
    const everywhere = reading.action.startsWith("installation.")
      ? [INSTALLATION]
      : actor.database.organizations;
    reading.targets.push(...unauditedTargets(author, everywhere));
    // All of it was told a short while ago, and has been counted.
    if (reading.audited.size > 0 && reading.targets.length === 0) return;
  }
  await inAccounts(accounts, author, async () => undefined);
}
