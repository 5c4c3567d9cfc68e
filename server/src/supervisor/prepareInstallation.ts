import { join } from "node:path";
import type { Config, Environment } from "../config.ts";
import { migrate } from "../platform/database/migrate.ts";
import { openFolderObjects } from "../platform/objects/folderObjects.ts";
import { openSealedObjects } from "../platform/objects/openObjects.ts";
import { runtimeUrls } from "./runtimeUrls.ts";

/** Brings the database forward, proves the master key, and says what the children need to know. */
export async function prepareInstallation(config: Config, ownerUrl: string): Promise<Environment> {
  const { roleSecret, app, accounts, queue } = runtimeUrls(config, ownerUrl);
  const dataDir = config.MAGTRACE_DATA_DIR;
  await openSealedObjects(await openFolderObjects(join(dataDir, "objects")), {
    keyText: config.MAGTRACE_MASTER_KEY,
    keyFile: join(dataDir, "master.key"),
  });
  await migrate({ ownerUrl, roleSecret });
  return { DATABASE_APP_URL: app, DATABASE_ACCOUNTS_URL: accounts, DATABASE_QUEUE_URL: queue };
}
