import { readFileSync } from "node:fs";
import { processTree } from "./measure.ts";

export type Part = "supervisor" | "api" | "worker" | "postgres";

/** The processes of an installation by what they are part of; a child counts with its parent unless it is one itself. */
export function partsOf(supervisor: number): Map<number, Part> {
  const parts = new Map<number, Part>();
  for (const pid of processTree(supervisor)) {
    parts.set(
      pid,
      pid === supervisor ? "supervisor" : (partOf(pid) ?? parts.get(parentOf(pid)) ?? "supervisor"),
    );
  }
  return parts;
}

function partOf(pid: number): Part | null {
  const command = readProc(pid, "cmdline").replaceAll("\0", " ");
  if (/^(\S*\/)?postgres[: ]/.test(command)) return "postgres";
  if (/cli\.ts api/.test(command)) return "api";
  return /cli\.ts worker/.test(command) ? "worker" : null;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** The fields of /proc/PID/stat after the command's name, which may itself hold spaces; the first is field 3. */
function statOf(pid: number): string[] {
  const stat = readProc(pid, "stat");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1]);
}

/** /proc counts in hundredths of a second on every Linux that Node runs on. */
const MS_A_TICK = 10;

/**
 * Processor time used so far, ms, by part. With that of children that have ended and been waited for, so a connection
 * that PostgreSQL closes in between is not lost.
 */
export function processorTimes(supervisor: number): Record<Part, number> {
  const timesMs = { supervisor: 0, api: 0, worker: 0, postgres: 0 };
  for (const [pid, part] of partsOf(supervisor)) {
    // utime, stime, cutime, cstime: fields 14 to 17.
    const ticks = statOf(pid).slice(11, 15).map(Number);
    // The supervisor has ended children of other parts: only its own time is its.
    const own = part === "supervisor" ? ticks.slice(0, 2) : ticks;
    for (const each of own) timesMs[part] += MS_A_TICK * (each || 0);
  }
  return timesMs;
}
