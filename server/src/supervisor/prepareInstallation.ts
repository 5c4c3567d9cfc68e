import type pg from "pg";
import { createFirstAdmin, isSetupNeeded, setupToken } from "../accounts/signIn/setup.ts";
import type { Config, Environment } from "../config.ts";
import { migrate } from "../platform/database/migrate.ts";
import { createPool } from "../platform/database/pool.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { installationSecret } from "../platform/installationSecret.ts";
import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { requireKnownPlace } from "../platform/objects/places/requireKnownPlace.ts";
import { proveMasterKeys } from "../platform/objects/sealing/masterKeyMarks.ts";

export interface PreparedInstallation {
  /** What the children need to know beyond our own environment. */
  readonly environment: Environment;
  /** What makes the set-up link valid, while there is no administrator. */
  readonly setupToken: string | null;
}

/** Proves the master key, brings the database forward, and makes the configured first administrator. */
export async function prepareInstallation(config: Config, ownerUrl: string): Promise<PreparedInstallation> {
  const { roleSecret, app, accounts, queue } = runtimeUrls(config, ownerUrl);
  const keyring = await proveMasterKeys(await openObjects(config), masterKeySource(config));
  await migrate({ ownerUrl, roleSecret });

  const pool = createPool({ url: accounts, size: 1, name: "magtrace up" });
  try {
    await requireKnownPlace(pool, config);
    await makeConfiguredAdmin(pool, config);
    return {
      environment: {
        DATABASE_APP_URL: app,
        DATABASE_ACCOUNTS_URL: accounts,
        DATABASE_QUEUE_URL: queue,
        ...(config.DATABASE_URL === "" ? { DATABASE_PREPARED_STATEMENTS: "true" } : {}),
      },
      setupToken: (await isSetupNeeded(pool)) ? setupToken(installationSecret(keyring, "accounts")) : null,
    };
  } finally {
    await pool.end();
  }
}

async function makeConfiguredAdmin(pool: pg.Pool, config: Config): Promise<void> {
  const { MAGTRACE_ADMIN_EMAIL: email, MAGTRACE_ADMIN_PASSWORD: password } = config;
  if (email === "" || !(await isSetupNeeded(pool))) return;
  const name = email.split("@")[0] || "Administrator";
  await createFirstAdmin(pool, { name, email, password, organization: "My organisation" });
}
