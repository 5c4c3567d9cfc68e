import type pg from "pg";
import type { Config } from "../config.ts";
import { migrate, pendingMigrations } from "../platform/database/migrate.ts";
import { createPool } from "../platform/database/pool.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { withOwnerUrl } from "./withOwnerUrl.ts";

/** Lends a command connections of the accounts role, beside a running installation or without one. */
export async function withAccounts<T>(config: Config, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  return withOwnerUrl(config, async (ownerUrl) => {
    const { accounts, roleSecret } = runtimeUrls(config, ownerUrl);
    if ((await pendingMigrations(ownerUrl)).length > 0) await migrate({ ownerUrl, roleSecret });
    const pool = createPool({ url: accounts, size: 1, name: "magtrace command" });
    try {
      return await work(pool);
    } finally {
      await pool.end();
    }
  });
}
