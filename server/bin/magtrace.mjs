#!/usr/bin/env node
// The program runs on the Node that package.json pins; whatever Node the machine has only finds it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runPinned } from "../../scripts/ensure.mjs";

const cli = join(dirname(dirname(fileURLToPath(import.meta.url))), "src", "cli.ts");
process.exitCode = await runPinned([cli, ...process.argv.slice(2)]);
