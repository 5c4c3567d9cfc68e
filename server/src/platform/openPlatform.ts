import type pg from "pg";
import type { DestinationStream } from "pino";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { jobTickets } from "./database/jobTickets.ts";
import { createPool } from "./database/pool.ts";
import type { RoleUrls } from "./database/roles.ts";
import { runtimeUrls } from "./database/runtimeUrls.ts";
import type { Deps } from "./deps.ts";
import { openDiskSpace, reserveOf, watchedFolders } from "./disk/diskSpace.ts";
import { installationSecret } from "./installationSecret.ts";
import { createLog } from "./logs/log.ts";
import { createMailer } from "./mail/mailer.ts";
import { masterKeySource } from "./objects/masterKeySource.ts";
import { ObjectsWithReserve } from "./objects/objectsWithReserve.ts";
import { openObjects } from "./objects/openObjects.ts";
import { currentPlace } from "./objects/places/queries.ts";
import { requireKnownPlace } from "./objects/places/requireKnownPlace.ts";
import { announceKeys, watchKeys } from "./objects/rows/keyHolders.ts";
import { databaseRows } from "./objects/rows/queries.ts";
import { notesOfUnreadable } from "./objects/rows/unreadable.ts";
import { proveMasterKeys } from "./objects/sealing/masterKeyMarks.ts";
import { SealedObjects, type SealedObjectsParts } from "./objects/sealing/sealedObjects.ts";
import type { ObjectStore } from "./objects/types.ts";
import { WatchedObjects } from "./objects/watchedObjects.ts";
import { createSender } from "./queue/sender.ts";
import { openScanner } from "./scanner/openScanner.ts";

export interface Platform {
  readonly deps: Deps;
  readonly urls: RoleUrls;
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  /** What the sealed objects are made of, for work that looks at all of them. */
  readonly sealing: SealedObjectsParts;
  /** What sessions and set-up links are signed with. */
  readonly accountsSecret: Uint8Array;
  /** What the ends of the audit's chains are sealed with. */
  readonly auditSecret: Uint8Array;
  /** What mails are sealed with while they wait. */
  readonly mailSecret: Uint8Array;
  close(): Promise<void>;
}

export interface PlatformOptions {
  /** Where log lines go; standard output by default. */
  readonly logTo?: DestinationStream | undefined;
  /** Instead of the folder. Only tests give one: a store that behaves like S3. */
  readonly store?: ObjectStore | undefined;
  /** Whether a rotation of the master key waits for this process. */
  readonly announcesKeys?: boolean;
}

/** Opens what api and worker both stand on. */
export async function openPlatform(
  config: Config,
  processName: string,
  { logTo, store, announcesKeys = false }: PlatformOptions = {},
): Promise<Platform> {
  const log = createLog(config, processName, logTo);
  const urls = databaseUrls(config);
  const pool = (url: string, role: string) =>
    createPool({
      url,
      size: config.DATABASE_POOL_SIZE,
      prepares: config.DATABASE_PREPARED_STATEMENTS,
      name: `magtrace ${processName} ${role}`,
      onIdleError: (error) => log.warn({ err: error }, "an idle database connection broke"),
    });
  const db = pool(urls.app, "app");
  const accountsPool = pool(urls.accounts, "accounts");
  if (!store) await requireKnownPlace(accountsPool, config);
  const inner = store ?? (await openObjects(config, () => currentPlace(accountsPool)));
  const disk = openDiskSpace({
    ...reserveOf(config),
    folders: await watchedFolders(config),
    holdsObjects: config.MAGTRACE_OBJECTS.some(({ kind }) => kind === "folder"),
  });
  const keyring = await proveMasterKeys(inner, masterKeySource(config));
  const sealing = { inner, rows: databaseRows(accountsPool), keyring };
  const objects = new ObjectsWithReserve(
    new WatchedObjects(new SealedObjects(sealing), notesOfUnreadable(accountsPool, log)),
    disk,
  );
  const told = { pool: accountsPool, name: processName, keyring, log };
  const keys = announcesKeys ? announceKeys(told) : watchKeys(keyring);
  const queue = createSender(urls.queue, log);
  const mailSecret = installationSecret(keyring, "mail");
  const mail =
    config.SMTP_URL === "" ? null : createMailer({ pool: accountsPool, queue, key: mailSecret, log });
  return {
    deps: {
      config,
      log,
      db,
      tickets: jobTickets(accountsPool),
      objects,
      disk,
      queue,
      mail,
      scanner: openScanner(config),
    },
    urls,
    accountsPool,
    sealing,
    accountsSecret: installationSecret(keyring, "accounts"),
    auditSecret: installationSecret(keyring, "audit"),
    mailSecret,
    async close() {
      await keys.stop();
      await mail?.close();
      await queue.stop();
      await Promise.all([db.end(), accountsPool.end()]);
    },
  };
}

function databaseUrls(config: Config): RoleUrls {
  if (config.DATABASE_URL === "" && config.DATABASE_APP_URL === "") {
    throw new AppError(
      "invalid_config",
      "This process needs DATABASE_URL, or the URLs of the runtime roles. `magtrace up` brings a database of its own.",
    );
  }
  return runtimeUrls(config, config.DATABASE_URL);
}
