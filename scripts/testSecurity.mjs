// npm run test:security [-- PATTERN]: the long attacks, *.attack.test.ts: generated requests, sqlmap, scripts in a
// browser. The quick ones are tests like any other. ATTACK_REQUESTS and ATTACK_SEED say how many requests, and which.
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import {
  ensureInstalled,
  ensureWebBuilt,
  fail,
  filesUnder,
  findChromium,
  rootDir,
  runPinned,
} from "./ensure.mjs";

await ensureInstalled();
process.chdir(rootDir);
const [pattern = ""] = process.argv.slice(2);
const all = filesUnder(join(rootDir, "server", "test", "security"))
  .map((path) => relative(rootDir, path))
  .filter((path) => /\.attack\.test\.ts$/.test(path) && path.includes(pattern));

/** What a kind of attack cannot do without. */
const needs = [
  { files: /sqlInjection/, tool: "sqlmap", found: spawnSync("sqlmap", ["--version"]).status === 0 },
  { files: /scriptInjection/, tool: "Chromium (CHROMIUM_PATH)", found: findChromium() !== undefined },
];
const missing = needs.filter(({ files, found }) => !found && all.some((path) => files.test(path)));
for (const { tool, files } of missing) {
  const left = `No ${tool} was found: left out are ${all.filter((path) => files.test(path)).join(", ")}.`;
  if (process.env.CI === "true") fail(left);
  process.stdout.write(`${left}\n`);
}
const files = all.filter((path) => !missing.some((need) => need.files.test(path)));
if (files.length === 0) fail("No attack is left to run.");
if (files.some((path) => /scriptInjection/.test(path))) await ensureWebBuilt();

const options = [
  "--test",
  // One after another: the load of one would be in the times of the other.
  "--test-concurrency=1",
  "--test-timeout=1800000",
  "--test-reporter=spec",
  "--test-global-setup=server/test/support/sharedServer.ts",
];
const chromium = findChromium();
const environment = { ...process.env, NODE_ENV: "test", ...(chromium && { CHROMIUM_PATH: chromium }) };
process.exit(await runPinned([...options, ...files], { environment }));
