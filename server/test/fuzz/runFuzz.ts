import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BombResult } from "./bombs.ts";
import type { FuzzMessage, FuzzTask } from "./fuzzChild.ts";

const childFile = fileURLToPath(new URL("./fuzzChild.ts", import.meta.url));
/** Of processor time where that is known: a machine that is busy with something else makes no file slow. */
const MOST_MS = 10_000;
const MOST_WALL_MS = 90_000;

export interface FuzzReport {
  /** By kind and verdict. */
  readonly counts: Map<string, Map<string, number>>;
  readonly held: { mutated: number };
  readonly failures: string[];
  slowest: { ms: number; what: string };
  mostGrown: { mib: number; what: string };
  mostMib: number;
}

/** Reads the files of a run in several processes. One that crashes or hangs costs its file, not the run. */
export async function runFuzz(options: {
  seed: number;
  files: number;
  processes: number;
}): Promise<FuzzReport> {
  const { seed, files, processes } = options;
  const report: FuzzReport = {
    counts: new Map(),
    held: { mutated: 0 },
    failures: [],
    slowest: { ms: 0, what: "" },
    mostGrown: { mib: 0, what: "" },
    mostMib: 0,
  };
  const lanes = Array.from({ length: processes }, (_, lane) =>
    runLane({ seed, from: lane, to: files, step: processes }, report),
  );
  await Promise.all(lanes);
  return report;
}

async function runLane(whole: FuzzTask, report: FuzzReport): Promise<void> {
  for (let task = whole; task.from < task.to; ) {
    const left = await runChild(task, (message) => note(message, whole, report));
    if (left === null) return;
    const { place, kind, why } = left;
    report.failures.push(`${kind}, file ${place}: ${why}`);
    count(report, kind, "crashed or hung");
    task = { ...task, from: place + task.step };
  }
}

/** Files before this one of a process load and compile the program. */
const WARM_FILES = 150;

function note(message: FuzzMessage, { from, step }: FuzzTask, report: FuzzReport): void {
  if (message.about !== "judged") return;
  const { place, kind, judged, ms, grownMib, mostMib } = message;
  count(report, kind, judged.failures.length > 0 ? "FAILED" : judged.verdict);
  if (judged.verdict === "read" && judged.held) report.held.mutated++;
  for (const failure of judged.failures) report.failures.push(`${kind}, file ${place}: ${failure}`);
  const what = `${kind}, file ${place}`;
  if (ms > report.slowest.ms) report.slowest = { ms, what };
  if ((place - from) / step >= WARM_FILES && grownMib > report.mostGrown.mib)
    report.mostGrown = { mib: grownMib, what };
  report.mostMib = Math.max(report.mostMib, mostMib);
}

function count({ counts }: FuzzReport, kind: string, verdict: string): void {
  const own = counts.get(kind) ?? new Map<string, number>();
  counts.set(kind, own.set(verdict, (own.get(verdict) ?? 0) + 1));
}

interface Left {
  readonly place: number;
  readonly kind: string;
  readonly why: string;
}

/** @returns null when the child did all, else the file that it did not come back from. */
async function runChild(task: FuzzTask, take: (message: FuzzMessage) => void): Promise<Left | null> {
  const child = fork(childFile, [JSON.stringify(task)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    execArgv: ["--max-old-space-size=1024"],
  });
  let errors = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  let current: { place: number; kind: string; since: number; cpuMs: number | null } | null = null;
  let hung = false;
  child.on("message", (message: FuzzMessage) => {
    if (message.about === "begun")
      current = { ...message, since: performance.now(), cpuMs: processorMs(child) };
    else current = null;
    take(message);
  });
  const watch = setInterval(() => {
    if (current === null) return;
    const wallMs = performance.now() - current.since;
    const cpuMs = processorMs(child);
    const used = cpuMs === null || current.cpuMs === null ? wallMs : cpuMs - current.cpuMs;
    if (wallMs < MOST_MS || (used < MOST_MS && wallMs < MOST_WALL_MS)) return;
    hung = true;
    child.kill("SIGKILL");
  }, 250);
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  clearInterval(watch);
  const last = current as Left | null;
  if (code === 0 && last === null) return null;
  const why = hung
    ? `took longer than ${MOST_MS / 1000} s`
    : `ended its process (${code ?? signal}): ${errors}`;
  if (last === null) throw new Error(`a process of the fuzzer ended between files: ${why}`);
  return { place: last.place, kind: last.kind, why };
}

/** Of a process so far; null where it cannot be told. */
function processorMs({ pid }: ChildProcess): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

/** Reads one bomb in a process of its own. */
export async function runBomb(bomb: string): Promise<BombResult> {
  let result: BombResult | undefined;
  const left = await runChild({ seed: 0, from: 0, to: 1, step: 1, bomb }, (message) => {
    if (message.about === "bomb") result = message.result;
  });
  if (left !== null) throw new Error(`${bomb}: ${left.why}`);
  return result!;
}
