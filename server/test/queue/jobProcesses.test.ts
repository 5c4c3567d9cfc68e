import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { silentLog } from "../../src/platform/logs/log.ts";
import { processIdentity } from "../../src/platform/processIdentity.ts";
import { createJobProcesses, type JobProcessesOptions } from "../../src/platform/queue/jobProcesses.ts";
import { JOBS } from "../support/standInJobProcess.ts";

const program = fileURLToPath(new URL("../support/standInJobProcess.ts", import.meta.url));

function startProcesses(
  t: { after(f: () => Promise<void>): void },
  options: Partial<JobProcessesOptions> = {},
) {
  const processes = createJobProcesses({ program, settings: {}, ...options });
  t.after(() => processes.close());
  const run = (what: keyof typeof JOBS, signal = new AbortController().signal) =>
    processes.handlerOf("ingest")(
      { queue: "ingest", organizationId: 1, projectId: 1, userId: 1, id: JOBS[what] },
      { jobId: what, attempt: 0, signal, log: silentLog() },
    );
  return { processes, run };
}

async function gone(pid: number): Promise<void> {
  while (processIdentity(pid) !== null) await delay(20);
}

test("jobs side by side have a process each, and later ones find it warm", async (t) => {
  const { processes, run } = startProcesses(t);
  await Promise.all([run("nothing"), run("nothing")]);
  const pids = processes.pids();
  assert.equal(new Set(pids).size, 2);
  assert.ok(!pids.includes(process.pid));
  for (let i = 0; i < 5; i++) await run("nothing");
  assert.deepEqual(processes.pids(), pids);
});

test("no process is kept that has had no job for a while", async (t) => {
  const { processes, run } = startProcesses(t, { idleMs: 50 });
  assert.deepEqual(processes.pids(), []);
  await run("nothing");
  const [pid] = processes.pids();
  await gone(pid!);
  assert.deepEqual(processes.pids(), []);
  await run("nothing");
});

test("what a job throws is thrown here, by name, code and words", async (t) => {
  const { processes, run } = startProcesses(t);
  const failure = await run("fails").catch((error: unknown) => error as Error & { code?: string });
  assert.deepEqual(
    [failure?.name, failure?.message, failure?.code],
    ["RangeError", "no such luck", "E_LUCK"],
  );
  assert.match(failure?.stack ?? "", /standInJobProcess/);
  assert.equal(processes.pids().length, 1, "its process goes on");
});

test("a job whose memory runs out, or whose process is killed, fails alone", async (t) => {
  const { processes, run } = startProcesses(t, { heapMib: 48 });
  const stop = new AbortController();
  const other = run("waits", stop.signal);
  await assert.rejects(run("exhausts"), /the process of the job ended/);
  await assert.rejects(run("ends"), /the process of the job ended \(SIGKILL\)/);
  assert.equal(processes.pids().length, 1);
  stop.abort(new Error("enough"));
  await assert.rejects(other, /enough/);
});

test("a job that cannot hear that it is to stop is ended with its process", async (t) => {
  const { processes, run } = startProcesses(t);
  await run("nothing");
  const [pid] = processes.pids();
  const stop = new AbortController();
  // One that is told to block its processor may hear of the end before it begins; a process that stands still hears nothing.
  process.kill(pid!, "SIGSTOP");
  const blocked = run("waits", stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(blocked, /ended \(SIGKILL\)/);
  await gone(pid!);
});

test("jobs that block their processor do not keep the worker's own process from its heartbeats", async (t) => {
  const { run } = startProcesses(t);
  const longest = monitorEventLoopDelay({ resolution: 5 });
  const stop = new AbortController();
  await run("nothing");
  longest.enable();
  const blocked = run("blocks", stop.signal);
  await delay(3_000);
  longest.disable();
  assert.ok(longest.percentile(50) < 100e6, `half of the turns took over ${longest.percentile(50) / 1e6} ms`);
  stop.abort();
  await assert.rejects(blocked);
});

test("the processes of a worker that is killed end with it", async () => {
  const parent = spawn(
    process.execPath,
    [fileURLToPath(import.meta.resolve("../support/standInJobParent.ts"))],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [line] = (await once(parent.stdout!, "data")) as [Buffer];
  const pid = Number(line.toString());
  assert.notEqual(processIdentity(pid), null);
  parent.kill("SIGKILL");
  await gone(pid);
});
