import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { ObjectStore } from "../platform/objects/types.ts";

export interface SweepDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly objects: ObjectStore;
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
/** Younger objects may be of work that has not reached its row yet. */
const LEAST_AGE_MS = 2 * DAY_MS;
/** Where domains keep objects. Nothing else is ever touched. */
const SWEPT = ["uploads/", "series/", "labels/", "checkpoints/", "models/", "exports/"];

/**
 * Removes what nobody can reach any more: projects whose time to be restored is over, and objects no row speaks of
 * (of work that was killed, of rows deleted in a moment the store did not answer).
 */
export async function sweep({ accountsPool, objects, log }: SweepDeps, nowMs: number): Promise<SweepReport> {
  const restorable = new Date(nowMs - RESTORABLE_DAYS * DAY_MS);
  const { rows: purged } = await accountsPool.query("SELECT magtrace.purge_projects($1) AS n", [restorable]);
  const { rows } = await accountsPool.query<{ place: string }>(
    "SELECT place FROM magtrace.referenced_objects()",
  );
  const wanted = new Set(rows.map(({ place }) => place));
  const seen = new Set<string>();
  let deletedObjects = 0;
  let deletedBytes = 0;
  for (const prefix of SWEPT) {
    for await (const entry of objects.list(prefix)) {
      const place = wanted.has(entry.key) ? entry.key : `${entry.key.split("/").slice(0, -1).join("/")}/`;
      if (wanted.has(place)) {
        seen.add(place);
      } else if (nowMs - entry.modifiedAt.getTime() > LEAST_AGE_MS) {
        await objects.delete(entry.key);
        deletedObjects++;
        deletedBytes += entry.size || 0;
      }
    }
  }
  const missing = await stillMissing(
    accountsPool,
    [...wanted].filter((place) => !seen.has(place)),
    objects,
  );
  const report = { purgedProjects: Number(purged[0].n), deletedObjects, deletedBytes, missing };
  log.info(report, "sweep finished");
  if (missing.length > 0) log.error({ missing }, "objects are missing");
  return report;
}

/** A row made or deleted while we were listing is no fault: look again at just those. */
async function stillMissing(
  pool: pg.Pool,
  places: readonly string[],
  objects: ObjectStore,
): Promise<string[]> {
  if (places.length === 0) return [];
  const { rows } = await pool.query<{ place: string }>("SELECT place FROM magtrace.referenced_objects()");
  const wanted = new Set(rows.map(({ place }) => place));
  const missing: string[] = [];
  for (const place of places) {
    const key = place.endsWith("/") ? `${place}base.arrow` : place;
    if (wanted.has(place) && !(await objects.exists(key))) missing.push(place);
  }
  return missing;
}
