/**
 * Preloaded into the installation's processes by NODE_OPTIONS; acts in the api alone. Keeps the longest turn of its
 * event loop, and writes it to a file of its own and begins anew at each SIGUSR2.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const folder = process.env.BENCH_LOOP_FOLDER;
/** Between two looks at an idle loop; a longer turn shows with its own length. */
const RESOLUTION_MS = 5;

function watch(into: string): void {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  // A machine whose cores are all taken delays a loop that has nothing to do: what the thread itself used is apart.
  let [busyMs, waitedMs] = [0, 0];
  let before = { busyMs: threadMs(), waitedMs: waitedForProcessorMs() };
  setInterval(() => {
    const now = { busyMs: threadMs(), waitedMs: waitedForProcessorMs() };
    busyMs = Math.max(busyMs, now.busyMs - before.busyMs);
    waitedMs = Math.max(waitedMs, now.waitedMs - before.waitedMs);
    before = now;
  }, RESOLUTION_MS).unref();
  process.on("SIGUSR2", () => {
    const path = `${into}/${process.pid}.json`;
    const seen = { delayMs: delays.max / 1e6, busyMs, waitedMs };
    writeFileSync(`${path}.partial`, JSON.stringify(seen));
    renameSync(`${path}.partial`, path);
    delays.reset();
    busyMs = 0;
    waitedMs = 0;
  });
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** How long the main thread was ready to run and had no processor: the second of its schedstat, ns. */
function waitedForProcessorMs(): number {
  return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]) / 1e6;
}

if (folder !== undefined && isMainThread && process.argv[2] === "api") watch(folder);
