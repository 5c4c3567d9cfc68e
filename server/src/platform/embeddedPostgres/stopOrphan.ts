import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { processIdentity } from "../processIdentity.ts";

/**
 * Process number of the PostgreSQL server that runs on this cluster, found by its command line, so that a
 * stale or missing `postmaster.pid` or a number given to another program since never misleads.
 */
export function findPostmaster(clusterDir: string): number | undefined {
  const found = process.platform === "linux" ? commandLinesFromProc() : commandLinesFromPs();
  for (const [pid, words] of found) {
    const folderAt = words.indexOf("-D") + 1;
    const ours = folderAt > 0 && words[folderAt] === clusterDir && basename(words[0] ?? "") === "postgres";
    if (ours && processIdentity(pid) !== null) return pid;
  }
  return undefined;
}

function* commandLinesFromProc(): Generator<[number, string[]]> {
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      yield [Number(name), readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")];
    } catch {
      // The process ended between the two calls.
    }
  }
}

function* commandLinesFromPs(): Generator<[number, string[]]> {
  for (const line of execFileSync("ps", ["-axww", "-o", "pid=,command="], { encoding: "utf8" }).split("\n")) {
    // Folders may hold spaces: everything between -D and the next option is the folder.
    const match = /^\s*(\d+)\s+(.*\/postgres) -D (.*?) -c /.exec(line);
    if (match) yield [Number(match[1]), [match[2] ?? "", "-D", match[3] ?? ""]];
  }
}

/**
 * Stops a server that outlived its supervisor, and removes a `postmaster.pid` that names a living process which
 * is not PostgreSQL: the server would take it for another server and refuse to start. A `postmaster.pid` of a
 * dead process stays, because PostgreSQL uses it to wait for the last processes of the dead server.
 *
 * @returns The process number stopped, or undefined.
 */
export async function stopOrphan(clusterDir: string): Promise<number | undefined> {
  const orphan = findPostmaster(clusterDir);
  if (orphan !== undefined) {
    await stopServer(orphan);
    return orphan;
  }
  const pidFile = join(clusterDir, "postmaster.pid");
  const recorded = readRecordedPid(pidFile);
  if (recorded !== undefined && processIdentity(recorded) !== null) rmSync(pidFile, { force: true });
  return undefined;
}

function readRecordedPid(pidFile: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(pidFile, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** Fast shutdown (open transactions are rolled back), then an immediate one, then the kernel's. */
export async function stopServer(pid: number): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ["SIGINT", 20_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ];
  const identity = processIdentity(pid);
  for (const [signal, patienceMs] of steps) {
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 20) {
      if (identity === null || processIdentity(pid) !== identity) return;
      if (waitedMs === 0) process.kill(pid, signal);
      await sleep(20);
    }
  }
}
