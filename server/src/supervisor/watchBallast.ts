import type { Config } from "../config.ts";
import { giveUpBallast, restoreBallast } from "../platform/disk/ballast.ts";
import { clusterHome, MIB, reserveOf } from "../platform/disk/diskSpace.ts";
import type { EventLog } from "../platform/embeddedPostgres/startEmbeddedPostgres.ts";

const CHECK_MS = 3_000;

/**
 * Keeps the ballast beside the embedded database, and gives it up before the database stops for want of room.
 *
 * @returns what ends the watch; resolves when nothing of it is under way any more.
 */
export function watchBallast(config: Config, log: EventLog): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  let isWanted = true;

  async function settle(): Promise<void> {
    const home = await clusterHome(config.MAGTRACE_DATA_DIR);
    if (giveUpBallast(home)) log.warn({}, "the disk is full: the ballast was given up");
    const ballast = { bytes: config.DISK_BALLAST_MIB * MIB, reserve: reserveOf(config) };
    if (await restoreBallast(home, ballast)) log.info({}, "the ballast was put in its place");
  }

  function next(): void {
    if (!isWanted) return;
    timer = setTimeout(() => {
      work = settle().finally(next);
    }, CHECK_MS);
  }

  next();
  return async () => {
    isWanted = false;
    clearTimeout(timer);
    await work;
  };
}
