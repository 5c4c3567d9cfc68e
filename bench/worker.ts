import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Print } from "./bench.ts";
import { type BenchInstallation, withInstallation } from "./installation.ts";
import { makeTrainable, post } from "./load/makeTrainable.ts";
import { partsOf } from "./processes.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";
import { seenBy, watchLoop } from "./watchLoop.ts";

export const name = "worker";

/**
 * The longest turn of a worker's event loop, which proves that its jobs are being worked on, and of the processes that do
 * the jobs: while a file is read, a model is trained on another of that size and then used on it. Option: --rows N (1e6).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { rows: { type: "string" } } });
  const rows = Number(values.rows ?? 1e6);
  const watch = watchLoop();
  await withInstallation(async (installation) => {
    const { model, dataset } = await makeTrainable(installation, rows);
    const worker = [...partsOf(installation.pid)].find(([, part]) => part === "worker")?.[0];
    assert.ok(worker !== undefined, "the installation has no worker");
    await seenBy(worker, watch.folder);
    for (const pid of jobProcesses(installation)) await seenBy(pid, watch.folder);

    const trained = post(installation, "/api/training-sessions/start_training/", {
      model_id: model,
      dataset_id: dataset,
    }).then(({ id }) => done(installation, `/api/training-sessions/${id}/`));
    const chunks = syntheticCsv({ rows, columns: "field" });
    await uploadStream({ ...installation, name: "beside.csv", chunks });
    await trained;
    const { id } = await post(installation, "/api/predictions/", { model, dataset });
    await done(installation, `/api/predictions/${id}/`);

    const main = await seenBy(worker, watch.folder);
    const jobs = await Promise.all(jobProcesses(installation).map((pid) => seenBy(pid, watch.folder)));
    print("worker_rows", rows, "rows");
    print("worker_loop_busy_max", main.busyMs, "ms");
    print("worker_loop_delay_max", main.delayMs, "ms");
    print("worker_job_loop_busy_max", Math.max(...jobs.map(({ busyMs }) => busyMs)), "ms");
    print("worker_job_loop_delay_max", Math.max(...jobs.map(({ delayMs }) => delayMs)), "ms");
  }).finally(watch.end);
}

function jobProcesses({ pid }: BenchInstallation): number[] {
  return [...partsOf(pid)]
    .filter(
      ([each, part]) =>
        part === "worker" && /jobProcess\.ts/.test(readFileSync(`/proc/${each}/cmdline`, "utf8")),
    )
    .map(([each]) => each);
}

async function done({ url, token }: BenchInstallation, path: string): Promise<void> {
  for (;;) {
    const response = await fetch(new URL(path, url), { headers: { Authorization: `Bearer ${token}` } });
    const { status } = (await response.json()) as { status: string };
    if (status === "completed") return;
    assert.ok(status === "pending" || status === "running", `${path} is ${status}`);
    await delay(100);
  }
}
