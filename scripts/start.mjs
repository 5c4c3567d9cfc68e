// npm start: install what is missing, build the web app if stale, run everything until stopped.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, ensureWebBuilt, rootDir, runPinned } from "./ensure.mjs";

const args = process.argv.slice(2);
const asksOnly = args.includes("--help") || args.includes("-h");
await ensureInstalled();
if (!asksOnly) await ensureWebBuilt();
const cli = join(rootDir, "server", "src", "cli.ts");
process.exit(await runPinned([cli, "up", ...args], { parentGone: npmGone() }));

/**
 * npm started us, through a shell, so when npm is killed nobody holds us any more: the next start must find the
 * folder free.
 */
function npmGone() {
  if (process.env.npm_lifecycle_event !== "start") return undefined;
  const holders = [process.ppid, parentOf(process.ppid)];
  return new Promise((resolve) => {
    setInterval(() => {
      if (process.ppid !== holders[0] || parentOf(process.ppid) !== holders[1]) resolve();
    }, 1_000).unref();
  });
}

/** Linux only; elsewhere the shell alone is watched. */
function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}
