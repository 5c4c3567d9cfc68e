import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { openPlace } from "../platform/objects/openObjects.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import type { Measured } from "./sealedStream.ts";

/**
 * What lies where backups are kept. A backup is good once its manifest is there, which is written last and at once.
 *
 *     backups/ID/started.json         a backup was begun
 *     backups/ID/database.sql.zst.age the database (dump.ts), compressed, encrypted
 *     backups/ID/objects.zst          the objects it refers to (objectList.ts)
 *     backups/ID/master.key.age       the file of master keys, where there is one, encrypted
 *     backups/ID/manifest.json        it is complete
 *     backups/ID/failed.json          it failed, and why
 *     backups/ID/verified/TIME.json   it was restored into a scratch database, and all objects were right
 *     objects/KEY/SEAL                an object as it is stored, sealed; shared by all backups that refer to it
 */
export interface Manifest {
  readonly format: 1;
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Of MagTrace. */
  readonly version: string;
  readonly migrations: readonly { readonly name: string; readonly sha256: string }[];
  readonly recipients: readonly string[];
  /** Master keys that the objects' keys are wrapped with. */
  readonly masterKeyIds: readonly string[];
  readonly hasMasterKeyFile: boolean;
  readonly database: Measured & { readonly tables: number; readonly rows: number };
  readonly objects: {
    readonly count: number;
    readonly bytes: number;
    /** Those that no earlier backup had. */
    readonly copied: number;
    readonly copiedBytes: number;
    /** Of the list. */
    readonly sha256: string;
    /** That rows speak of and that were not there any more. */
    readonly missing: readonly string[];
  };
  /** HMAC with a key that follows from the master key, so that nobody who can only write here makes a backup. */
  readonly seal: string;
}

export type BackupState = "ok" | "failed" | "unfinished";

export interface BackupEntry {
  readonly id: string;
  readonly state: BackupState;
  readonly startedAt: Date;
  readonly manifest: Manifest | null;
  /** Of one that failed. */
  readonly reason: string | null;
  readonly verifiedAt: Date | null;
}

const FOLDER = "backups/";
export const OBJECTS = "objects/";
const idForm = /^\d{8}t\d{6}z-[0-9a-f]{6}$/;

/** Sorts by time. */
export function newBackupId(now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase();
  return `${stamp}z-${randomBytes(3).toString("hex")}`;
}

export function fileOf(id: string, name: string): string {
  return `${FOLDER}${id}/${name}`;
}

export function folderOf(id: string): string {
  return `${FOLDER}${id}/`;
}

/** @throws AppError invalid_config where none is configured. */
export async function openBackupStore(config: Config): Promise<ObjectStore> {
  const place = config.BACKUP_TO;
  if (place === null) {
    throw new AppError(
      "invalid_config",
      "BACKUP_TO says where backups go: a folder's whole path, or s3://bucket/prefix.",
    );
  }
  return openPlace(
    {
      ...config,
      S3_ENDPOINT: config.BACKUP_S3_ENDPOINT || config.S3_ENDPOINT,
      S3_REGION: config.BACKUP_S3_REGION || config.S3_REGION,
      ...(config.BACKUP_S3_ACCESS_KEY_ID === "" ? {} : ownKeys(config)),
    },
    place,
  );
}

function ownKeys(config: Config): Partial<Config> {
  return {
    S3_ACCESS_KEY_ID: config.BACKUP_S3_ACCESS_KEY_ID,
    S3_ACCESS_KEY_ID_FILE: "",
    S3_SECRET_ACCESS_KEY: config.BACKUP_S3_SECRET_ACCESS_KEY,
    S3_SECRET_ACCESS_KEY_FILE: "",
  };
}

/** Oldest first. */
export async function listBackups(store: ObjectStore): Promise<BackupEntry[]> {
  const files = new Map<string, string[]>();
  for await (const { key } of store.list(FOLDER)) {
    const [id = "", ...rest] = key.slice(FOLDER.length).split("/");
    if (!idForm.test(id)) continue;
    const names = files.get(id) ?? [];
    names.push(rest.join("/"));
    files.set(id, names);
  }
  const entries: BackupEntry[] = [];
  for (const [id, names] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    entries.push(await entryOf(store, id, names));
  }
  return entries;
}

async function entryOf(store: ObjectStore, id: string, names: readonly string[]): Promise<BackupEntry> {
  const verified = names
    .filter((name) => name.startsWith("verified/"))
    .sort()
    .at(-1);
  const base = {
    id,
    startedAt: timeOf(id),
    verifiedAt: verified === undefined ? null : new Date(Number(/\d+/.exec(verified)?.[0])),
  };
  if (names.includes("manifest.json")) {
    return { ...base, state: "ok", manifest: await readManifest(store, id), reason: null };
  }
  if (!names.includes("failed.json")) return { ...base, state: "unfinished", manifest: null, reason: null };
  const { reason } = await readJson<{ reason: string }>(store, fileOf(id, "failed.json"));
  return { ...base, state: "failed", manifest: null, reason };
}

function timeOf(id: string): Date {
  const part = (from: number, to: number) => id.slice(from, to);
  const day = `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}`;
  return new Date(`${day}T${part(9, 11)}:${part(11, 13)}:${part(13, 15)}Z`);
}

export function readManifest(store: ObjectStore, id: string): Promise<Manifest> {
  return readJson<Manifest>(store, fileOf(id, "manifest.json"));
}

/** The one asked for, or the newest good one. @throws AppError not_found. */
export async function chooseBackup(store: ObjectStore, id: string | undefined): Promise<Manifest> {
  const entries = await listBackups(store);
  const entry =
    id === undefined ? entries.findLast(({ state }) => state === "ok") : entries.find((one) => one.id === id);
  if (entry?.manifest) return entry.manifest;
  if (entry !== undefined) {
    throw new AppError(
      "not_found",
      `The backup ${entry.id} is ${entry.state}, and cannot be used. \`magtrace backup list\` shows those that can.`,
    );
  }
  const which = id === undefined ? "There is no good backup there." : `There is no backup ${id} there.`;
  throw new AppError("not_found", `${which} \`magtrace backup list\` shows what there is.`);
}

export async function readJson<T>(store: ObjectStore, key: string): Promise<T> {
  const reader = await store.open(key);
  try {
    return JSON.parse(Buffer.from(await reader.read(0, reader.size)).toString("utf8")) as T;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new AppError("damaged_object", `The file ${key} of the backups is damaged.`, { cause });
  } finally {
    await reader.close();
  }
}

export async function writeJson(store: ObjectStore, key: string, value: unknown): Promise<void> {
  await store.put(
    key,
    (async function* () {
      yield Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
    })(),
  );
}

export function sealManifest(manifest: Omit<Manifest, "seal">, secret: Uint8Array): Manifest {
  return { ...manifest, seal: hmac(manifest, secret) };
}

/** @throws AppError damaged_object unless it was made with these master keys, and is as it was made. */
export function requireSeal({ seal, ...manifest }: Manifest, secret: Uint8Array): void {
  const [given, wanted] = [Buffer.from(seal, "hex"), Buffer.from(hmac(manifest, secret), "hex")];
  if (given.byteLength === wanted.byteLength && timingSafeEqual(given, wanted)) return;
  throw new AppError(
    "damaged_object",
    "This backup was altered, or was made with other master keys than those that are here. Give the master keys it was made with.",
  );
}

function hmac(manifest: Omit<Manifest, "seal">, secret: Uint8Array): string {
  return createHmac("sha256", secret).update(JSON.stringify(manifest)).digest("hex");
}
