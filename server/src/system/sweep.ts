import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { ObjectRows } from "../platform/objects/rows/objectRows.ts";
import type { ObjectEntry, ObjectStore } from "../platform/objects/types.ts";
import { forgetSamples } from "./infectedFiles.ts";
import { type InventoryItem, inventory, objectAt, placesOf } from "./objectChecks/inventory.ts";
import { pagedRows, purgeProjects, referencedPlaces, stillReferenced } from "./objectChecks/queries.ts";

export interface SweepDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly objects: ObjectStore;
  readonly objectRows: ObjectRows;
  readonly log: Log;
}

export interface SweepReport {
  readonly purgedProjects: number;
  readonly deletedObjects: number;
  readonly deletedBytes: number;
  /** Objects that rows speak of and that are not there: for people to look at. */
  readonly missing: readonly string[];
}

const DAY_MS = 86_400_000;
const RESTORABLE_DAYS = 30;
/**
 * Younger objects may be of work that has not reached its row yet, or of a transaction whose COMMIT was sent and never
 * answered. By now the row is there, or never will be.
 */
const LEAST_AGE_MS = 2 * DAY_MS;
/** Looked at once more together before they go. */
const ORPHANS_AT_ONCE = 500;
const MOST_MISSING = 10_000;
/** Where domains keep objects. Nothing else is ever touched. */
const SWEPT = [
  "uploads/",
  "partial/",
  "series/",
  "labels/",
  "checkpoints/",
  "models/",
  "exports/",
  "quarantine/",
];

/** The time before which an object that nothing refers to must have been written to be swept. */
export function sweptBefore(nowMs: number): Date {
  return new Date(nowMs - LEAST_AGE_MS);
}

export function isSwept(key: string): boolean {
  return SWEPT.some((prefix) => key.startsWith(prefix));
}

/** Removes projects whose time to be restored is over. */
export function purge(accountsPool: pg.Pool, nowMs: number): Promise<number> {
  return purgeProjects(accountsPool, new Date(nowMs - RESTORABLE_DAYS * DAY_MS));
}

/**
 * Removes what nobody can reach any more: projects whose time to be restored is over, and objects no row of a domain
 * speaks of (of work that was killed, of a COMMIT nobody heard the answer to, of a deletion that did not end). What
 * rows say decides, never what a process remembers.
 */
export async function sweep(deps: SweepDeps, nowMs: number): Promise<SweepReport> {
  const purgedProjects = await purge(deps.accountsPool, nowMs);
  await forgetSamples(deps, nowMs);
  const report = { purgedProjects, ...(await sweepObjects(deps, nowMs)) };
  deps.log.info(report, "sweep finished");
  if (report.missing.length > 0) deps.log.error({ missing: report.missing }, "objects are missing");
  return report;
}

/** Only the objects, a page of each list in memory. */
export async function sweepObjects(
  deps: SweepDeps,
  nowMs: number,
): Promise<Omit<SweepReport, "purgedProjects">> {
  const { accountsPool, objects, objectRows } = deps;
  const oldest = sweptBefore(nowMs);
  const unmet: string[] = [];
  const done = { deletedObjects: 0, deletedBytes: 0 };
  let orphans: InventoryItem[] = [];
  const items = inventory({
    rows: pagedRows(objectRows, oldest),
    entries: sweptEntries(objects),
    places: referencedPlaces(accountsPool),
  });
  for await (const item of items) {
    if ("unmet" in item) {
      if (unmet.length < MOST_MISSING) unmet.push(item.unmet);
      continue;
    }
    // Rows come only once they are old enough to be judged; of what has none, the store's own time tells.
    const isOld = item.row !== undefined || (item.entry !== undefined && item.entry.modifiedAt < oldest);
    if (item.place !== undefined || !isOld || !isSwept(item.key)) continue;
    if (orphans.push(item) < ORPHANS_AT_ONCE) continue;
    await deleteOrphans(deps, { orphans, oldest, done });
    orphans = [];
  }
  await deleteOrphans(deps, { orphans, oldest, done });
  return { ...done, missing: await stillMissing(accountsPool, unmet, objects) };
}

async function* sweptEntries(objects: ObjectStore): AsyncGenerator<ObjectEntry> {
  for (const prefix of SWEPT.toSorted()) yield* objects.list(prefix);
}

async function deleteOrphans(
  { accountsPool, objects, objectRows }: SweepDeps,
  part: {
    orphans: readonly InventoryItem[];
    oldest: Date;
    done: { deletedObjects: number; deletedBytes: number };
  },
): Promise<void> {
  const keys = part.orphans.map(({ key }) => key);
  const wanted = await stillReferenced(accountsPool, keys.flatMap(placesOf));
  const rows = new Map((await objectRows.findAll(keys)).map((row) => [row.key, row]));
  for (const { key, entry } of part.orphans) {
    const row = rows.get(key);
    const isYoung = row !== undefined && row.state !== "deleting" && row.changedAt >= part.oldest;
    if (isYoung || placesOf(key).some((place) => wanted.has(place))) continue;
    const wasThere = entry !== undefined || (await objects.exists(key));
    await objects.delete(key);
    if (!wasThere) continue;
    part.done.deletedObjects += 1;
    part.done.deletedBytes += row?.size ?? (entry?.size || 0);
  }
}

/** A row made or deleted while we were listing is no fault: look again at just those. */
async function stillMissing(
  pool: pg.Pool,
  places: readonly string[],
  objects: ObjectStore,
): Promise<string[]> {
  const wanted = await stillReferenced(pool, places);
  const missing: string[] = [];
  for (const place of places) {
    if (wanted.has(place) && !(await objects.exists(objectAt(place)))) missing.push(place);
  }
  return missing;
}
