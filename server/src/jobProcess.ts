// A process of a worker's, started by it for heavy jobs.
import { constants, getPriority, setPriority } from "node:os";
import type { Config } from "./config.ts";
import { heavyJobs } from "./heavyJobs.ts";
import { openPlatform } from "./platform/openPlatform.ts";
import { serveJobs } from "./platform/queue/serveJobs.ts";

// Where processors are few, whoever waits for an answer comes first: the api, PostgreSQL, the worker's heartbeats.
const { PRIORITY_BELOW_NORMAL } = constants.priority;
if (getPriority() < PRIORITY_BELOW_NORMAL) setPriority(PRIORITY_BELOW_NORMAL);

serveJobs<Config>(async (config) => {
  const platform = await openPlatform(config, "worker");
  return { log: platform.deps.log, handlers: heavyJobs(platform, config) };
});
