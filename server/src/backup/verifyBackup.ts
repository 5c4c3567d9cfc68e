import { randomBytes } from "node:crypto";
import type pg from "pg";
import { AppError } from "../errors.ts";
import { withClient } from "../platform/database/withClient.ts";
import { eachAtOnce } from "../platform/eachAtOnce.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { fileOf, type Manifest, writeJson } from "./backupStore.ts";
import { rowsOf } from "./createBackup.ts";
import { keyOf, type TableDigest } from "./dump.ts";
import { clearDatabase } from "./emptyDatabase.ts";
import { backupKeyOf, type ListedObject, readObjectList } from "./objectList.ts";
import { type RestoredDatabase, restoreDatabase } from "./restoreDatabase.ts";
import { Meter } from "./sealedStream.ts";

export interface Verification {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  readonly identities: readonly string[];
  /** An empty database that is emptied again afterwards. */
  readonly scratchUrl: string;
  readonly now: () => Date;
}

export interface Verified {
  readonly tables: number;
  readonly rows: number;
  readonly objects: number;
  readonly bytes: number;
  /** One sentence each. */
  readonly faults: readonly string[];
}

const READS_AT_ONCE = 4;
/** pg-boss makes its tables as its present version wants them; rows of an earlier one may have fewer columns. */
const OF_THE_QUEUE = "pgboss.";

/**
 * Restores the database into a scratch database, compares the rows of every table with those of the backup, brings the
 * schema forward to this version, and reads every object of the backup. Writes down, beside the backup, that all was well.
 */
export async function verifyBackup(verification: Verification): Promise<Verified> {
  const { store, manifest, identities, scratchUrl, now } = verification;
  const faults: string[] = [];
  const { rows } = await restoreDatabase({
    store,
    manifest,
    identities,
    ownerUrl: scratchUrl,
    roleSecret: null,
    organization: null,
    beforeCommit: async (client, restored) => {
      faults.push(...(await differences(client, restored)));
    },
  });
  await withClient({ url: scratchUrl, name: CONNECTION }, clearDatabase);
  const objects = await verifyObjects(store, manifest, faults);
  if (faults.length === 0) {
    await writeJson(store, fileOf(manifest.id, `verified/${now().getTime()}.json`), {
      at: now().toISOString(),
    });
  }
  const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
  return { tables: rows.size, rows: total, ...objects, faults };
}

async function differences(client: pg.ClientBase, { head, end, rows }: RestoredDatabase): Promise<string[]> {
  const found: string[] = [];
  for (const table of head.tables) {
    const key = keyOf(table);
    const wanted = end.tables[key];
    if (key.startsWith(OF_THE_QUEUE)) {
      if (key !== "pgboss.version" && rows.get(key) !== wanted?.rows)
        found.push(`${key} has another number of rows.`);
      continue;
    }
    let digest: TableDigest | undefined;
    for await (const _ of rowsOf(client, table, (given) => (digest = given)));
    if (digest?.rows !== wanted?.rows)
      found.push(`${key} has ${digest?.rows} rows, and not ${wanted?.rows}.`);
    else if (digest?.sha256 !== wanted?.sha256) found.push(`${key} has other values than were copied.`);
  }
  return found;
}

async function verifyObjects(store: ObjectStore, manifest: Manifest, faults: string[]) {
  let objects = 0;
  let bytes = 0;
  await eachAtOnce(readObjectList(store, manifest), READS_AT_ONCE, async (object) => {
    const fault = await faultOf(store, object);
    if (fault !== null) faults.push(fault);
    objects += 1;
    bytes += object.size;
  });
  if (objects !== manifest.objects.count)
    faults.push(`There are ${objects} objects, and not ${manifest.objects.count}.`);
  for (const key of manifest.objects.missing)
    faults.push(`${key} was not there any more when the backup was made.`);
  return { objects, bytes };
}

async function faultOf(store: ObjectStore, object: ListedObject): Promise<string | null> {
  const meter = new Meter();
  try {
    for await (const _ of meter.pass(streamOf(store, backupKeyOf(object))));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "not_found") throw error;
    return `${object.key} is missing in the backup.`;
  }
  return meter.result().sha256 === object.sha256 ? null : `${object.key} is damaged in the backup.`;
}

const CONNECTION = "magtrace backup verify";
const SCRATCH = "magtrace_verify_";

/** A database of its own in the cluster of `ownerUrl`, for as long as the work takes; those of killed ones go, too. */
export async function withScratchDatabase<T>(
  ownerUrl: string,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const name = SCRATCH + randomBytes(6).toString("hex");
  const drop = (client: pg.Client, database: string) =>
    client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await withClient({ url: ownerUrl, name: CONNECTION }, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      `SELECT datname FROM pg_database d WHERE starts_with(datname, $1)
       AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`,
      [SCRATCH],
    );
    for (const { datname } of rows) await drop(client, datname);
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  });
  try {
    const url = new URL(ownerUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await withClient({ url: ownerUrl, name: CONNECTION }, (client) => drop(client, name));
  }
}
