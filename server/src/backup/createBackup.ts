import { createHash } from "node:crypto";
import type pg from "pg";
import { copyOut } from "../platform/database/copyRows.ts";
import { withClient } from "../platform/database/withClient.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest, newBackupId, sealManifest, writeJson } from "./backupStore.ts";
import {
  appliedMigrations,
  auditMonths,
  PLANNED_OBJECTS,
  placesWithoutRows,
  STEADY_TEXT,
  sequences,
  tablesInOrder,
} from "./catalogQueries.ts";
import { type CopiedObjects, copyObjects, type PlannedObject } from "./copyObjects.ts";
import { columnList, type DumpTable, keyOf, quoted, type TableDigest, writeDump } from "./dump.ts";
import { lockBackups } from "./lockBackups.ts";
import { writeObjectList } from "./objectList.ts";
import { encrypterFor, Meter, sealed } from "./sealedStream.ts";

export interface BackupSource {
  readonly ownerUrl: string;
  /** Objects as they are stored, sealed. */
  readonly inner: ObjectStore;
  readonly target: ObjectStore;
  /** Public keys of age. */
  readonly recipients: readonly string[];
  readonly version: string;
  /** The file of master keys, where there is one. */
  readonly masterKeyFile: Uint8Array | null;
  /** What the manifest is sealed with. */
  readonly secret: Uint8Array;
  readonly now: () => Date;
  /** What a test does between the snapshot and the copying of objects. */
  readonly onSnapshot?: () => Promise<void>;
}

interface Snapshot {
  readonly migrations: Manifest["migrations"];
  readonly database: Manifest["database"];
  readonly planned: readonly PlannedObject[];
  readonly masterKeyIds: readonly string[];
}

/**
 * Makes a backup of the database as it is at one moment and of every object it speaks of then. Everybody goes on
 * working; only the bytes of deleted objects stay until it has ended. One that fails says so where backups are kept.
 */
export async function createBackup(source: BackupSource): Promise<Manifest> {
  const { target, recipients, now } = source;
  encrypterFor(recipients);
  const lock = await lockBackups(source.ownerUrl);
  try {
    const id = newBackupId(now());
    const startedAt = now().toISOString();
    await writeJson(target, fileOf(id, "started.json"), { startedAt, version: source.version });
    try {
      const snapshot = await copyDatabase(source, id, startedAt);
      await source.onSnapshot?.();
      const copied = await copyObjects(source.inner, target, snapshot.planned);
      const listSha256 = await writeObjectList(target, id, copied.objects);
      if (source.masterKeyFile) {
        await target.put(fileOf(id, "master.key.age"), sealed(only(source.masterKeyFile), recipients));
      }
      const manifest = sealManifest(
        manifestOf(source, { id, startedAt, snapshot, copied, listSha256 }),
        source.secret,
      );
      // Nothing that it refers to has gone meanwhile.
      await lock.requireHeld();
      await writeJson(target, fileOf(id, "manifest.json"), manifest);
      return manifest;
    } catch (error) {
      await writeFailure(target, id, error);
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** What cannot be written down now shows as unfinished. */
async function writeFailure(target: ObjectStore, id: string, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  await writeJson(target, fileOf(id, "failed.json"), { reason }).catch(() => undefined);
  await target.delete(fileOf(id, "database.sql.zst.age")).catch(() => undefined);
}

interface Made {
  readonly id: string;
  readonly startedAt: string;
  readonly snapshot: Snapshot;
  readonly copied: CopiedObjects;
  readonly listSha256: string;
}

function manifestOf(source: BackupSource, { id, startedAt, snapshot, copied, listSha256 }: Made) {
  return {
    format: 1,
    id,
    startedAt,
    finishedAt: source.now().toISOString(),
    version: source.version,
    migrations: snapshot.migrations,
    recipients: source.recipients,
    masterKeyIds: snapshot.masterKeyIds,
    hasMasterKeyFile: source.masterKeyFile !== null,
    database: snapshot.database,
    objects: {
      count: copied.objects.length,
      bytes: copied.objects.reduce((sum, { size }) => sum + size, 0),
      copied: copied.copied,
      copiedBytes: copied.copiedBytes,
      sha256: listSha256,
      missing: copied.missing.slice(0, 100),
    },
  } as const;
}

async function copyDatabase(source: BackupSource, id: string, startedAt: string): Promise<Snapshot> {
  const { ownerUrl, target, recipients, version, inner } = source;
  return withClient({ url: ownerUrl, name: "magtrace backup" }, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await client.query(STEADY_TEXT);
    const migrations = await appliedMigrations(client);
    const tables = await tablesInOrder(client);
    const digests: Record<string, TableDigest> = {};
    const text = writeDump({
      head: { format: 1, startedAt, version, auditMonths: await auditMonths(client), tables },
      rows: (table) => rowsOf(client, table, (digest) => (digests[keyOf(table)] = digest)),
      end: async () => ({ tables: digests, sequences: await sequences(client) }),
    });
    const meter = new Meter();
    await target.put(fileOf(id, "database.sql.zst.age"), meter.pass(sealed(text, recipients)));
    const { planned, masterKeyIds } = await planObjects(client, inner);
    await client.query("COMMIT");
    const rows = Object.values(digests).reduce((sum, digest) => sum + digest.rows, 0);
    const database = { ...meter.result(), tables: tables.length, rows };
    return { migrations, database, planned, masterKeyIds };
  });
}

/** The rows of a table as they go into a backup. @param onEnd Told what they were. */
export async function* rowsOf(
  client: pg.ClientBase,
  table: DumpTable,
  onEnd: (digest: TableDigest) => void,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let rows = 0;
  let bytes = 0;
  const text = `COPY (SELECT ${columnList(table.columns)} FROM ${quoted(table)}) TO STDOUT`;
  for await (const piece of copyOut(client, text)) {
    hash.update(piece);
    bytes += piece.byteLength;
    for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) rows += 1;
    yield piece;
  }
  onEnd({ rows, bytes, sha256: hash.digest("hex") });
}

async function planObjects(client: pg.ClientBase, inner: ObjectStore) {
  const planned = new Map<string, PlannedObject>();
  const masterKeyIds = new Set<string>();
  let rest = "";
  for await (const piece of copyOut(client, `COPY (${PLANNED_OBJECTS}) TO STDOUT`)) {
    const lines = (rest + Buffer.from(piece).toString("latin1")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [key = "", seal = "", masterKeyId = ""] = line.split("\t");
      planned.set(key, { key, seal });
      masterKeyIds.add(masterKeyId);
    }
  }
  // Objects that bring their key along have no row that tells them apart; their names are never used again.
  for (const place of await placesWithoutRows(client)) {
    const keys = place.endsWith("/") ? await keysUnder(inner, place) : [place];
    for (const key of keys) if (!planned.has(key)) planned.set(key, { key, seal: "own_key" });
  }
  for (const key of await keysUnder(inner, "master_keys/")) planned.set(key, { key, seal: "own_key" });
  return { planned: [...planned.values()], masterKeyIds: [...masterKeyIds].sort() };
}

/** Those that lie right under a prefix. */
async function keysUnder(inner: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of inner.list(prefix)) if (!key.slice(prefix.length).includes("/")) keys.push(key);
  return keys;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
