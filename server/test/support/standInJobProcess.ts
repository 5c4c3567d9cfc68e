// Stands in for the process of a worker's jobs: what a job does is said by its id.
import { silentLog } from "../../src/platform/logs/log.ts";
import type { JobHandler } from "../../src/platform/queue/queue.ts";
import { serveJobs } from "../../src/platform/queue/serveJobs.ts";

/** Ids of jobs, and what they do. */
export const JOBS = { nothing: 0, says: 1, blocks: 2, waits: 3, exhausts: 4, fails: 5, ends: 6 } as const;

const work: JobHandler = async ({ id }, { attempt, signal }) => {
  if (id === JOBS.says) process.stdout.write(`${process.pid}\n`);
  if (id === JOBS.blocks) blockProcessor(15_000);
  if (id === JOBS.waits) await aborted(signal);
  if (id === JOBS.exhausts) exhaustMemory();
  if (id === JOBS.fails) throw Object.assign(new RangeError("no such luck"), { code: "E_LUCK" });
  if (id === JOBS.ends && attempt === 0) process.kill(process.pid, "SIGKILL");
};

function blockProcessor(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function exhaustMemory(): void {
  const kept: string[] = [];
  for (let i = 0; ; i++) kept.push(`${i}`.repeat(1_000));
}

if (process.send) serveJobs(async () => ({ log: silentLog(), handlers: { ingest: work, train: work } }));
