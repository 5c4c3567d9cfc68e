import type { ObjectStore } from "../platform/objects/types.ts";
import { type BackupEntry, fileOf, folderOf, listBackups, OBJECTS } from "./backupStore.ts";
import { type KeepRule, keptOf } from "./keepRule.ts";
import { lockBackups } from "./lockBackups.ts";
import { backupKeyOf, readObjectList } from "./objectList.ts";

export interface Prune {
  readonly ownerUrl: string;
  readonly store: ObjectStore;
  readonly rule: KeepRule;
  readonly now: () => Date;
}

export interface Pruned {
  readonly deleted: readonly string[];
  readonly kept: number;
  readonly objects: number;
  readonly bytes: number;
}

const DAY_MS = 86_400_000;
/** So many days one that failed is shown. */
const FAILURE_DAYS = 7;

/**
 * Deletes backups beyond the rule, what is left of failed ones, and the objects that no backup left refers to. No backup
 * is made meanwhile: it might take an object for there that is about to go. Cut short, the next one ends it.
 */
export async function pruneBackups({ ownerUrl, store, rule, now }: Prune): Promise<Pruned> {
  const lock = await lockBackups(ownerUrl);
  try {
    const all = await listBackups(store);
    const kept = keptOf(
      all.filter(({ state }) => state === "ok"),
      rule,
    );
    const goes = all.filter(
      (entry) => !kept.has(entry) && (entry.state === "ok" || isPast(entry, all, now())),
    );
    for (const { id } of goes) {
      // First it is no good backup any more.
      await store.delete(fileOf(id, "manifest.json"));
      await store.deletePrefix(folderOf(id));
    }
    const wanted = new Set<string>();
    for (const { manifest } of kept) {
      for await (const object of readObjectList(store, manifest!)) wanted.add(backupKeyOf(object));
    }
    let objects = 0;
    let bytes = 0;
    for await (const { key, size } of store.list(OBJECTS)) {
      if (wanted.has(key)) continue;
      await lock.requireHeld();
      await store.delete(key);
      objects += 1;
      bytes += size;
    }
    return { deleted: goes.map(({ id }) => id), kept: kept.size, objects, bytes };
  } finally {
    await lock.release();
  }
}

/** One that failed is shown for a week, or until a later one is good and it has been a day. */
function isPast(entry: BackupEntry, all: readonly BackupEntry[], now: Date): boolean {
  const age = now.getTime() - entry.startedAt.getTime();
  const isOvercome = all.some(({ id, state }) => state === "ok" && id > entry.id);
  return age > (isOvercome ? DAY_MS : FAILURE_DAYS * DAY_MS);
}
