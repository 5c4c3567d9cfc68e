import { join } from "node:path";
import type { Config } from "../config.ts";
import { giveUpBallast } from "../platform/disk/ballast.ts";
import { clusterHome } from "../platform/disk/diskSpace.ts";
import {
  connectEmbedded,
  startEmbeddedPostgres,
} from "../platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { prepareDataFolder } from "./dataFolder.ts";
import { endLeftBehind } from "./endLeftBehind.ts";
import { fileLog } from "./fileLog.ts";
import { lockDataFolder } from "./lockDataFolder.ts";

/**
 * Lends a command the owner's database URL: the configured database's, or the embedded one's of a running
 * installation; where nothing runs, the embedded one is started for as long as the command takes.
 */
export async function withOwnerUrl<T>(config: Config, work: (ownerUrl: string) => Promise<T>): Promise<T> {
  if (config.DATABASE_URL !== "") return work(config.DATABASE_URL);
  const dataDir = config.MAGTRACE_DATA_DIR;
  const running = await connectEmbedded(dataDir);
  if (running !== null) return work(running);

  giveUpBallast(await clusterHome(dataDir));
  prepareDataFolder(dataDir);
  const lock = await lockDataFolder(dataDir);
  try {
    await endLeftBehind(lock.leftBehind);
    const log = fileLog(join(dataDir, "logs", "supervisor.log"), () => new Date());
    const postgres = await startEmbeddedPostgres({ dataDir, log });
    try {
      return await work(postgres.ownerUrl);
    } finally {
      lock.markStopping();
      await postgres.stop();
    }
  } finally {
    lock.release();
  }
}
