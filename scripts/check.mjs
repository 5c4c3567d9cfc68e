// npm run check [-- --no-tests]: format, lint, types, dependency direction, unused exports, tests.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureInstalled, pinnedNode, rootDir } from "./ensure.mjs";

const bin = (name) => join(rootDir, "node_modules", ".bin", name);

/** [name, program, arguments]; each prints one line, and what it found only when it fails. */
const steps = [
  ["package-lock.json", process.execPath, ["scripts/completeLock.mjs", "--check"]],
  ["licences and checksums", process.execPath, ["scripts/supplyChain.mjs"]],
  ["format and lint", bin("biome"), ["ci", "--error-on-warnings", "--colors=off", "."]],
  ["types", bin("tsc"), ["-p", "tsconfig.json", "--noEmit"]],
  ["types of the web app", bin("tsc"), ["-p", "web/tsconfig.json", "--noEmit"]],
  ["dependency direction", pinnedNode, ["scripts/dependencyDirection.ts"]],
  ["migrations that landed", process.execPath, ["scripts/landedMigrations.mjs"]],
  ["unused files and exports", pinnedNode, [join(rootDir, "node_modules/knip/bin/knip.js"), "--no-progress"]],
];
if (!process.argv.includes("--no-tests")) {
  steps.push(["tests", process.execPath, ["scripts/test.mjs"]]);
}

await ensureInstalled();
let failed = 0;
for (const [name, program, args] of steps) {
  const startedAt = performance.now();
  const { status, output } = await run(program, args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok  " : "FAIL"}  ${name}  ${seconds} s\n`);
  if (status !== 0) {
    failed++;
    process.stdout.write(`${output}\n`);
  }
}
process.exit(failed === 0 ? 0 : 1);

function run(program, args) {
  if (!existsSync(program)) return Promise.resolve({ status: 1, output: `${program} is not installed.` });
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: rootDir, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
    child.on("close", (status) => resolve({ status, output: Buffer.concat(output).toString() }));
  });
}
