import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { startApi } from "../../src/api.ts";
import { chooseBackup, type Manifest } from "../../src/backup/backupStore.ts";
import { type BackupSource, createBackup } from "../../src/backup/createBackup.ts";
import { placeMasterKeys } from "../../src/backup/placeMasterKeys.ts";
import { type Restore, restoreBackup } from "../../src/backup/restoreBackup.ts";
import { readConfig } from "../../src/config.ts";
import { runtimeUrls } from "../../src/platform/database/runtimeUrls.ts";
import { installationSecret } from "../../src/platform/installationSecret.ts";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { loadMasterKeys } from "../../src/platform/objects/sealing/masterKey.ts";
import type { ObjectStore } from "../../src/platform/objects/types.ts";
import { startWorker } from "../../src/worker.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase, type TestDatabase } from "../support/testDatabase.ts";
import { type ApiCaller, callerOf, manyRequests } from "../support/testInstallation.ts";
import { noRoleUrls } from "../support/testServer.ts";

export interface Keys {
  readonly identity: string;
  readonly recipient: string;
}

export async function newKeys(): Promise<Keys> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** An installation that backups are made of. */
export interface BackedUp {
  readonly database: Pick<TestDatabase, "ownerUrl">;
  readonly dataDir: string;
}

export async function secretOf(dataDir: string): Promise<Uint8Array> {
  const keyFile = join(dataDir, "master.key");
  return installationSecret(await loadMasterKeys({ keyFile, createIfMissing: false }), "backup");
}

export async function backUp(
  { database, dataDir }: BackedUp,
  target: ObjectStore,
  { keys, ...more }: { keys: Keys } & Partial<BackupSource>,
): Promise<Manifest> {
  return createBackup({
    ownerUrl: database.ownerUrl,
    inner: await openFolderObjects(join(dataDir, "objects")),
    target,
    recipients: [keys.recipient],
    version: "0.1.0",
    masterKeyFile: readFileSync(join(dataDir, "master.key")),
    secret: await secretOf(dataDir),
    now: () => new Date(),
    ...more,
  });
}

/** An empty installation: a database that was migrated, and a folder. */
export async function emptyInstallation() {
  return { database: await createTestDatabase(), dataDir: join(temporaryFolder(), "data") };
}

/** The newest good backup into an empty installation. */
export async function restoreInto(
  { database, dataDir }: BackedUp,
  store: ObjectStore,
  { keys, ...more }: { keys: Keys } & Partial<Restore>,
) {
  const manifest = await chooseBackup(store, undefined);
  const identities = [keys.identity];
  await placeMasterKeys({ store, manifest, identities, path: join(dataDir, "master.key") });
  return restoreBackup({
    store,
    manifest,
    identities,
    ownerUrl: database.ownerUrl,
    roleSecret: runtimeUrls(noRoleUrls, database.ownerUrl).roleSecret,
    inner: await openFolderObjects(join(dataDir, "objects")),
    organizationId: null,
    ...more,
  });
}

/** Starts api and worker on what was restored. */
export async function startRestored(
  t: Pick<TestContext, "after">,
  { database, dataDir }: { database: TestDatabase; dataDir: string },
): Promise<{ caller: (token: string | null) => ApiCaller; address: string }> {
  const config = readConfig({
    MAGTRACE_DATA_DIR: dataDir,
    PORT: "0",
    LOG_LEVEL: "fatal",
    WORKER_THREADS: "2",
    ...manyRequests,
    DATABASE_PREPARED_STATEMENTS: "true",
    DATABASE_APP_URL: database.app,
    DATABASE_ACCOUNTS_URL: database.accounts,
    DATABASE_QUEUE_URL: database.queue,
  });
  const api = await startApi(config, { checkResponses: true });
  const worker = await startWorker(config);
  t.after(async () => {
    await worker.stop();
    await api.stop();
  });
  return { caller: (token) => callerOf(api.address, token), address: api.address };
}
