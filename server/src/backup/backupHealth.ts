import { AppError } from "../errors.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { type BackupEntry, listBackups } from "./backupStore.ts";

/** A day, and what a backup may take. */
const MOST_AGE_HOURS = 30;

/**
 * How old the last good backup is, in words.
 * @throws AppError not_ready where the last one failed or did not end, or, if they are made by schedule, is late.
 */
export async function requireFreshBackup(
  store: ObjectStore,
  { isScheduled, now }: { isScheduled: boolean; now: Date },
): Promise<string> {
  const all = await listBackups(store);
  const good = all.findLast(({ state }) => state === "ok");
  const ageHours =
    good === undefined ? Number.POSITIVE_INFINITY : (now.getTime() - good.startedAt.getTime()) / 3_600_000;
  const said =
    good === undefined
      ? "there is none yet"
      : `the last good one, ${good.id}, is ${ageInWords(ageHours)} old`;
  const failed = all.at(-1);
  if (failed?.state === "failed") {
    throw new AppError(
      "not_ready",
      `The last one, ${failed.id}, failed: ${failed.reason} Of the others ${said}.`,
    );
  }
  if (failed?.state === "unfinished" && isOld(failed, now)) {
    throw new AppError("not_ready", `The last one, ${failed.id}, did not end. Of the others ${said}.`);
  }
  if (isScheduled && ageHours > MOST_AGE_HOURS) {
    throw new AppError(
      "not_ready",
      `One is made each day, but ${said}. See logs/supervisor.log, or make one: \`magtrace backup create\`.`,
    );
  }
  return said;
}

/** It may be under way for so long. */
function isOld({ startedAt }: BackupEntry, now: Date): boolean {
  return now.getTime() - startedAt.getTime() > 86_400_000;
}

function ageInWords(hours: number): string {
  if (hours < 1) return `${Math.round(hours * 60)} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}
