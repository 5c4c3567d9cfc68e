import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import type pg from "pg";
import { auditLateness } from "../audit/sequencing.ts";
import { requireFreshBackup } from "../backup/backupHealth.ts";
import { openBackupStore } from "../backup/backupStore.ts";
import { type Config, type Environment, readConfig } from "../config.ts";
import { AppError } from "../errors.ts";
import { pendingMigrations } from "../platform/database/migrate.ts";
import { runtimeRoles } from "../platform/database/roles.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { withClient } from "../platform/database/withClient.ts";
import { openDiskSpace, reserveOf, watchedFolders } from "../platform/disk/diskSpace.ts";
import { connectEmbedded } from "../platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { markedKeyIds } from "../platform/objects/sealing/keyMarks.ts";
import { proveMasterKeys } from "../platform/objects/sealing/masterKeyMarks.ts";
import { openScanner } from "../platform/scanner/openScanner.ts";
import { prepareDataFolder } from "../supervisor/dataFolder.ts";
import { checkDamage, checkKeysOfObjects } from "./doctorObjects.ts";

export interface Finding {
  /** What was looked at, with what was found when that is worth knowing. */
  readonly what: string;
  /** What is wrong and what to do; undefined when all is well. */
  readonly fault?: string;
}

const LEAST_VERSION = 15;

/** Looks at one thing after another; what cannot be looked at because of an earlier fault is left out. */
export async function* findings(environment: Environment): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    for (const fault of faultsOf(error)) yield { what: "configuration", fault };
    return;
  }
  yield { what: "configuration" };

  const folder = await check(`data folder ${config.MAGTRACE_DATA_DIR}`, async () => checkDataFolder(config));
  yield folder;
  yield await diskFinding(config);
  if (folder.fault === undefined) yield await check("master key and objects", () => checkObjects(config));
  const scanner = openScanner(config);
  if (scanner) yield await check("virus scanner", () => scanner.ping());
  if (config.BACKUP_TO !== null) yield await backupFinding(config);
  yield* databaseFindings(config);
}

async function check(what: string, work: () => Promise<void>): Promise<Finding> {
  try {
    await work();
    return { what };
  } catch (error) {
    return { what, fault: faultsOf(error).join(" ") };
  }
}

async function backupFinding(config: Config): Promise<Finding> {
  let said = "";
  const finding = await check("backups", async () => {
    const store = await openBackupStore(config);
    said = await requireFreshBackup(store, { isScheduled: config.BACKUP_AT !== "", now: new Date() });
  });
  return finding.fault === undefined ? { what: `backups: ${said}` } : finding;
}

function faultsOf(error: unknown): string[] {
  if (error instanceof AppError && Array.isArray(error.details)) return error.details.map(String);
  return [error instanceof Error ? error.message : String(error)];
}

function checkDataFolder(config: Config): void {
  if (!existsSync(config.MAGTRACE_DATA_DIR)) {
    throw new AppError("cannot_write", "It does not exist yet. `npm start` or `magtrace up` makes it.");
  }
  prepareDataFolder(config.MAGTRACE_DATA_DIR);
}

async function diskFinding(config: Config): Promise<Finding> {
  const disk = openDiskSpace({
    ...reserveOf(config),
    folders: await watchedFolders(config),
    holdsObjects: false,
  });
  const { freeBytes, totalBytes, reserveBytes, level } = await disk.look();
  const what = `disk: ${gib(freeBytes)} of ${gib(totalBytes)} GiB free, ${gib(reserveBytes)} GiB are the reserve`;
  if (level === "ok") return { what };
  const refused =
    level === "low"
      ? "uploads, trainings, exports and imports are"
      : "all but reading, deleting and accounts is";
  return {
    what,
    fault: `Its reserve is being used up, so ${refused} refused. Delete what is no longer needed, or make room.`,
  };
}

function gib(bytes: number): string {
  return (bytes / 1024 ** 3).toFixed(2);
}

/** Proves the master key; writes, reads back and deletes one small object. */
async function checkObjects(config: Config): Promise<void> {
  const source = masterKeySource(config);
  const objects = await openObjects(config);
  if (config.MAGTRACE_MASTER_KEY === "" && !existsSync(source.keyFile)) {
    const needed = await markedKeyIds(objects);
    throw new AppError(
      "invalid_config",
      needed.length === 0
        ? `There is no master key in ${source.keyFile}. \`magtrace up\` makes one for a new installation.`
        : `Stored objects are sealed with master key ${needed.join(" and ")}, and there is no file ${source.keyFile}. Restore it from your copy.`,
    );
  }
  await proveMasterKeys(objects, source);
  const key = `doctor/${randomBytes(8).toString("hex")}`;
  const written = randomBytes(1024);
  try {
    await objects.put(key, only(written));
    const reader = await objects.open(key);
    const read = await reader.read(0, reader.size);
    await reader.close();
    if (!written.equals(read))
      throw new AppError(
        "damaged_object",
        "A test object was read back with other bytes than were written. Check the disk.",
      );
  } finally {
    await objects.delete(key);
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* databaseFindings(config: Config): AsyncGenerator<Finding> {
  const embedded = config.DATABASE_URL === "";
  const name = embedded ? "embedded database" : "database";
  const ownerUrl = embedded ? await connectEmbedded(config.MAGTRACE_DATA_DIR) : config.DATABASE_URL;
  if (ownerUrl === null) {
    yield { what: name, fault: "It does not run. Start MagTrace with `npm start`, then ask again." };
    return;
  }
  let version = "";
  const reached = await check(name, async () => {
    version = await serverVersion(ownerUrl);
  });
  yield reached.fault === undefined ? { what: `${name}, PostgreSQL ${version}` } : reached;
  if (reached.fault !== undefined) return;

  yield await check("migrations", async () => {
    const pending = await pendingMigrations(ownerUrl);
    if (pending.length > 0) {
      throw new AppError("not_ready", `${pending.length} are not applied. Run \`magtrace migrate\`.`);
    }
  });
  const urls = runtimeUrls(config, ownerUrl);
  for (const role of runtimeRoles) {
    const url = { magtrace_app: urls.app, magtrace_accounts: urls.accounts, magtrace_queue: urls.queue }[
      role
    ];
    yield await check(`database role ${role}`, () => checkRole(url));
  }
  yield await check("audit", () => checkAudit(urls.accounts));
  yield await check("keys of objects", () => checkKeysOfObjects(config, urls.accounts));
  yield await check("stored objects", () => checkDamage(urls.accounts));
}

async function serverVersion(url: string): Promise<string> {
  return lookInto(url, async (client) => {
    const { rows } = await client.query<{ text: string; number: string }>(
      "SELECT current_setting('server_version') AS text, current_setting('server_version_num') AS number",
    );
    const { text = "", number = "0" } = rows[0] ?? {};
    if (Number(number) < LEAST_VERSION * 10_000) {
      throw new AppError("invalid_config", `It is PostgreSQL ${text}; ${LEAST_VERSION} or newer is needed.`);
    }
    return text;
  });
}

/** The role can sign in, and row-level security holds it. */
async function checkRole(url: string): Promise<void> {
  await lookInto(url, async (client) => {
    const { rows } = await client.query<{ free: boolean }>(
      "SELECT rolsuper OR rolbypassrls AS free FROM pg_roles WHERE rolname = current_user",
    );
    if (rows[0]?.free !== false) {
      throw new AppError(
        "invalid_config",
        "This role may bypass row-level security. Run `magtrace migrate`.",
      );
    }
  });
}

async function checkAudit(accountsUrl: string): Promise<void> {
  const waitedSeconds = await lookInto(accountsUrl, auditLateness);
  if (waitedSeconds !== null) {
    throw new AppError(
      "not_ready",
      `An entry has waited ${waitedSeconds} s for its position in the audit, and those after it with it. Workers give entries their position: see that one runs, and look in its log for "audit entries could not be sequenced".`,
    );
  }
}

const CONNECT_MS = 5_000;

function lookInto<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient({ url, name: "magtrace doctor", connectMs: CONNECT_MS }, work);
}
