// npm start: install what is missing, build the web app if stale, run everything until stopped.
import { join } from "node:path";
import { ensureInstalled, ensureWebBuilt, rootDir, runPinned } from "./ensure.mjs";

const args = process.argv.slice(2);
const asksOnly = args.includes("--help") || args.includes("-h");
await ensureInstalled();
if (!asksOnly) await ensureWebBuilt();
const cli = join(rootDir, "server", "src", "cli.ts");
process.exit(await runPinned([cli, "up", ...args], { parentGone: npmGone() }));

/** npm started us, so when npm is killed nobody holds us any more: the next start must find the folder free. */
function npmGone() {
  if (process.env.npm_lifecycle_event !== "start") return undefined;
  const parent = process.ppid;
  return new Promise((resolve) => {
    setInterval(() => process.ppid !== parent && resolve(), 1_000).unref();
  });
}
