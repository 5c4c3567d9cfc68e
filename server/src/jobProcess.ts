// A process of a worker's, started by it for heavy jobs. Its argument is the priority it gives itself.
import { getPriority, setPriority } from "node:os";
import type { Config } from "./config.ts";
import { heavyJobs } from "./heavyJobs.ts";
import { snapshotOf } from "./platform/metrics/metrics.ts";
import { openPlatform } from "./platform/openPlatform.ts";
import { serveJobs } from "./platform/queue/serveJobs.ts";

const niceness = Number(process.argv[2]);
if (getPriority() < niceness) setPriority(niceness);

serveJobs<Config>(async (config) => {
  const platform = await openPlatform(config, "worker");
  const { log, metrics } = platform.deps;
  return {
    log,
    handlers: heavyJobs(platform, config),
    metrics: config.METRICS_PORT === 0 ? null : () => snapshotOf(metrics.registry),
  };
});
