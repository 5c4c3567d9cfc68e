// node scripts/run.mjs FILE.ts [ARGUMENTS]: runs a file of the repository with the pinned Node.
import { ensureInstalled, fail, runPinned } from "./ensure.mjs";

const args = process.argv.slice(2);
if (args.length === 0) fail("Usage: node scripts/run.mjs FILE.ts [ARGUMENTS]", 2);
await ensureInstalled();
process.exit(await runPinned(args));
