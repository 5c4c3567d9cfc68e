// A process of a worker's, started by it for heavy jobs.
import type { Config } from "./config.ts";
import { heavyJobs } from "./heavyJobs.ts";
import { openPlatform } from "./platform/openPlatform.ts";
import { serveJobs } from "./platform/queue/serveJobs.ts";

serveJobs<Config>(async (config) => {
  const platform = await openPlatform(config, "worker");
  return { log: platform.deps.log, handlers: heavyJobs(platform, config) };
});
