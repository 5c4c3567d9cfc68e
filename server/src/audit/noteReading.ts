import type pg from "pg";
import type { Actor } from "../accounts/actor.ts";
import { unnotedPlaces } from "../platform/author.ts";
import { INSTALLATION, inAccounts } from "../platform/database/inAccounts.ts";

/** Notes what a request read beside transactions of its actor's: accounts and memberships, by the accounts role. */
export async function noteReading(accounts: pg.Pool, actor: Actor): Promise<void> {
  const { author } = actor.reach;
  const { reading } = author;
  if (!reading || reading.noted.size > 0) return;
  if (reading.places.length === 0) {
    const everywhere = reading.action.startsWith("installation.")
      ? [INSTALLATION]
      : actor.reach.organizations;
    reading.places.push(...unnotedPlaces(reading, everywhere));
  }
  await inAccounts(accounts, author, async () => undefined);
}
