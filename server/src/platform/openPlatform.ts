import type pg from "pg";
import type { DestinationStream } from "pino";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { jobTickets } from "./database/jobTickets.ts";
import { createPool } from "./database/pool.ts";
import type { RoleUrls } from "./database/roles.ts";
import { runtimeUrls } from "./database/runtimeUrls.ts";
import type { Deps } from "./deps.ts";
import { type DiskSpace, openDiskSpace, reserveOf, watchedFolders } from "./disk/diskSpace.ts";
import { installationSecret } from "./installationSecret.ts";
import { createLog, type Log } from "./logs/log.ts";
import { createMailer } from "./mail/mailer.ts";
import { createMetrics, type Metrics, snapshotOf } from "./metrics/metrics.ts";
import { type MetricsListener, serveMetrics } from "./metrics/metricsListener.ts";
import { OtherProcesses, textWith } from "./metrics/otherProcesses.ts";
import { processMetrics } from "./metrics/processMetrics.ts";
import { masterKeySource } from "./objects/masterKeySource.ts";
import { MeasuredObjects } from "./objects/measuredObjects.ts";
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
  /** What this process's own processes count is told here. */
  readonly otherProcesses: OtherProcesses;
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
  /** Whether its metrics are there to be scraped, where METRICS_PORT says so. */
  readonly servesMetrics?: boolean;
}

/** Opens what api and worker both stand on. */
export async function openPlatform(
  config: Config,
  processName: string,
  { logTo, store, announcesKeys = false, servesMetrics = false }: PlatformOptions = {},
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
  const metrics = createMetrics();
  const watched = new WatchedObjects(new SealedObjects(sealing), notesOfUnreadable(accountsPool, log));
  const objects = new MeasuredObjects(new ObjectsWithReserve(watched, disk), metrics.objects);
  const told = { pool: accountsPool, name: processName, keyring, log };
  const keys = announcesKeys ? announceKeys(told) : watchKeys(keyring);
  const queue = createSender(urls.queue, log);
  const mailSecret = installationSecret(keyring, "mail");
  const mail =
    config.SMTP_URL === "" ? null : createMailer({ pool: accountsPool, queue, key: mailSecret, log });
  const otherProcesses = new OtherProcesses();
  const listener = servesMetrics
    ? openListener(config, {
        processName,
        metrics,
        otherProcesses,
        disk,
        log,
        pools: { app: db, accounts: accountsPool },
      })
    : null;
  return {
    deps: {
      config,
      log,
      metrics,
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
    otherProcesses,
    sealing,
    accountsSecret: installationSecret(keyring, "accounts"),
    auditSecret: installationSecret(keyring, "audit"),
    mailSecret,
    async close() {
      await listener?.close();
      await keys.stop();
      await mail?.close();
      await queue.stop();
      await Promise.all([db.end(), accountsPool.end()]);
    },
  };
}

interface Measured {
  readonly processName: string;
  readonly metrics: Metrics;
  readonly otherProcesses: OtherProcesses;
  readonly disk: DiskSpace;
  readonly log: Log;
  readonly pools: Readonly<Record<string, pg.Pool>>;
}

/** Null where nobody scrapes. */
function openListener(config: Config, measured: Measured): MetricsListener | null {
  if (config.METRICS_PORT === 0) return null;
  const { metrics, otherProcesses, disk, log, pools } = measured;
  const { registry } = metrics;
  processMetrics(registry, { version: config.version, process: measured.processName, pools, disk });
  return serveMetrics({
    host: config.METRICS_HOST,
    port: config.METRICS_PORT,
    contentType: registry.contentType,
    collect: async () => textWith(registry, await snapshotOf(registry), await otherProcesses.snapshots()),
    log,
  });
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
