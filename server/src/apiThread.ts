import { workerData } from "node:worker_threads";
import { archivedTables } from "./archivedTables.ts";
import type { Config } from "./config.ts";
import { readingMakers } from "./datasets/readingBytes.ts";
import { SeriesCache } from "./datasets/seriesCache.ts";
import { serveByteThread } from "./platform/byteThread/serveByteThread.ts";
import { openPlatform } from "./platform/openPlatform.ts";
import { makeProjectFile, type ProjectWanted } from "./projects/archive/exporting/exportProject.ts";

/** The api's thread for long answers: what would keep its event loop busy is made here. */
const platform = await openPlatform(workerData as Config, "api thread");
const series = new SeriesCache(platform.deps.objects);

serveByteThread(
  {
    ...readingMakers(series),
    project: (wanted: ProjectWanted) => makeProjectFile(platform.deps, archivedTables, wanted),
  },
  async () => {
    await series.close();
    await platform.close();
  },
);
