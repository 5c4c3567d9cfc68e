import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { ObjectRow, ObjectRows } from "../platform/objects/rows/objectRows.ts";
import type { ObjectStore } from "../platform/objects/types.ts";

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
const ROWS_AT_ONCE = 1_000;
/** Where domains keep objects. Nothing else is ever touched. */
const SWEPT = ["uploads/", "partial/", "series/", "labels/", "checkpoints/", "models/", "exports/"];

/**
 * Removes what nobody can reach any more: projects whose time to be restored is over, and objects no row of a domain
 * speaks of (of work that was killed, of a COMMIT nobody heard the answer to, of a deletion that did not end). What
 * rows say decides, never what a process remembers.
 */
export async function sweep(deps: SweepDeps, nowMs: number): Promise<SweepReport> {
  const { accountsPool, objects, log } = deps;
  const restorable = new Date(nowMs - RESTORABLE_DAYS * DAY_MS);
  const { rows: purged } = await accountsPool.query("SELECT magtrace.purge_projects($1) AS n", [restorable]);
  const oldest = new Date(nowMs - LEAST_AGE_MS);
  const wanted = await wantedPlaces(accountsPool);
  const seen = new Set<string>();
  let deletedObjects = 0;
  let deletedBytes = 0;
  for await (const { key, size } of rowsDue(deps, oldest)) {
    if (wantedPlace(wanted, key) !== undefined) continue;
    const wasThere = await objects.exists(key);
    await objects.delete(key);
    if (!wasThere) continue;
    deletedObjects++;
    deletedBytes += size ?? 0;
  }
  for (const prefix of SWEPT) {
    for await (const entry of objects.list(prefix)) {
      const place = wantedPlace(wanted, entry.key);
      if (place !== undefined) {
        seen.add(place);
      } else if (entry.modifiedAt < oldest) {
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

/** Rows old enough to be judged. Of what has none, as objects of former versions, the store's own list tells. */
async function* rowsDue({ objectRows }: SweepDeps, oldest: Date): AsyncGenerator<ObjectRow> {
  for (let after = ""; ; ) {
    const page = await objectRows.changedBefore(oldest, { after, limit: ROWS_AT_ONCE });
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.key;
    yield* page.filter(({ key }) => SWEPT.some((prefix) => key.startsWith(prefix)));
  }
}

async function wantedPlaces(pool: pg.Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ place: string }>("SELECT place FROM magtrace.referenced_objects()");
  return new Set(rows.map(({ place }) => place));
}

/** The key, or the prefix it lies under, that a row speaks of. */
function wantedPlace(wanted: ReadonlySet<string>, key: string): string | undefined {
  const folder = key.slice(0, key.lastIndexOf("/") + 1);
  return [key, folder].find((place) => wanted.has(place));
}

/** A row made or deleted while we were listing is no fault: look again at just those. */
async function stillMissing(
  pool: pg.Pool,
  places: readonly string[],
  objects: ObjectStore,
): Promise<string[]> {
  if (places.length === 0) return [];
  const wanted = await wantedPlaces(pool);
  const missing: string[] = [];
  for (const place of places) {
    const key = place.endsWith("/") ? `${place}base.arrow` : place;
    if (wanted.has(place) && !(await objects.exists(key))) missing.push(place);
  }
  return missing;
}
