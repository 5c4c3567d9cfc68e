import type pg from "pg";
import type { Config } from "../config.ts";
import { migrate, pendingMigrations } from "../platform/database/migrate.ts";
import { createPool } from "../platform/database/pool.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { withOwnerUrl } from "./withOwnerUrl.ts";

/** Lends a command connections of the accounts role, beside a running installation or without one. */
export async function withAccounts<T>(config: Config, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  return withOwnerUrl(config, async (ownerUrl) => {
    await bringForward(config, ownerUrl);
    const { accounts } = runtimeUrls(config, ownerUrl);
    const pool = createPool({ url: accounts, size: 1, name: "magtrace command" });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  });
}

/** A command may be the first of a new version that meets this database. */
export async function bringForward(config: Config, ownerUrl: string): Promise<void> {
  if ((await pendingMigrations(ownerUrl)).length === 0) return;
  const { roleSecret } = runtimeUrls(config, ownerUrl);
  await migrate({ ownerUrl, roleSecret });
}
