// npm test [-- PATTERN]: all tests, or those in files whose path contains PATTERN, else those whose name matches it.
// All but *.attack.test.ts, which take minutes: npm run test:security runs those.
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ensureInstalled,
  ensureWebBuilt,
  fail,
  filesUnder,
  findChromium,
  rootDir,
  runPinned,
} from "./ensure.mjs";

/** Tests that drive a browser are named so; they need Chromium and the built web app. */
const BROWSER_TEST = /\.browser\.test\.ts$/;
/** Long attacks on a running installation, for `npm run test:security`. */
const ATTACK = /\.attack\.test\.ts$/;

await ensureInstalled();
process.chdir(rootDir);
const [pattern = ""] = process.argv.slice(2);
const all = ["packages", "server", "bench", "web", "scripts"]
  .flatMap((folder) => filesUnder(join(rootDir, folder)))
  .map((path) => relative(rootDir, path))
  .filter((path) => /\.test\.tsx?$/.test(path) && !ATTACK.test(path));
const matching = all.filter((path) => path.includes(pattern));
const chosen = matching.length > 0 ? matching : all;
const nameOptions = matching.length > 0 ? [] : [`--test-name-pattern=${pattern}`];

const chromium = findChromium();
const browserTests = chosen.filter((path) => BROWSER_TEST.test(path));
const files = chromium === undefined ? chosen.filter((path) => !BROWSER_TEST.test(path)) : chosen;
if (chromium === undefined && browserTests.length > 0) {
  const left = `No Chromium was found (CHROMIUM_PATH): left out are ${browserTests.join(", ")}.`;
  if (process.env.CI === "true") fail(left);
  process.stdout.write(`${left}\n`);
}
if (files.length === 0) fail("No test file is left to run.");
if (files.some((path) => BROWSER_TEST.test(path))) await ensureWebBuilt();

const options = [
  "--test",
  `--test-concurrency=${Math.min(4, Math.max(2, availableParallelism()))}`,
  "--test-timeout=300000",
  "--test-reporter=spec",
  "--test-global-setup=server/test/support/sharedServer.ts",
  `--import=${pathToFileURL(join(rootDir, "web/test/componentTests.ts"))}`,
  ...nameOptions,
];
const environment = { ...process.env, NODE_ENV: "test", ...(chromium && { CHROMIUM_PATH: chromium }) };
process.exit(await runPinned([...options, ...files], { environment }));
