import { workerData } from "node:worker_threads";
import { apiMakers } from "./apiMakers.ts";
import type { Config } from "./config.ts";
import { SeriesCache } from "./datasets/seriesCache.ts";
import { serveByteThread } from "./platform/byteThread/serveByteThread.ts";
import { openPlatform } from "./platform/openPlatform.ts";

/** The api's thread for long answers: what would keep its event loop busy is made here. */
const platform = await openPlatform(workerData as Config, "api thread");
const series = new SeriesCache(platform.deps.objects);

serveByteThread(apiMakers(platform, series), async () => {
  await series.close();
  await platform.close();
});
