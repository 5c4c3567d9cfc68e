// npm run test:fuzz: files made and spoilt at random, read in processes of their own, and some of them uploaded.
// FUZZ_SEED says which (printed), FUZZ_FILES how many; one argument chooses test files by a part of their path.
import { join, relative } from "node:path";
import { ensureInstalled, fail, filesUnder, rootDir, runPinned } from "./ensure.mjs";

await ensureInstalled();
process.chdir(rootDir);
const [pattern = ""] = process.argv.slice(2);
const files = filesUnder(join(rootDir, "server", "test", "fuzz"))
  .map((path) => relative(rootDir, path))
  .filter((path) => path.endsWith(".fuzz.ts") && path.includes(pattern));
if (files.length === 0) fail("No fuzz test is left to run.");

// A fixed seed in CI: a change is judged by itself, not by luck.
const seed =
  process.env.FUZZ_SEED ?? (process.env.CI === "true" ? "20261127" : String(Date.now() % 100_000_000));
const amount = process.env.FUZZ_FILES ?? "20000";
process.stdout.write(`FUZZ_SEED=${seed} FUZZ_FILES=${amount}\n`);
const options = [
  "--test",
  "--test-concurrency=1",
  "--test-timeout=1800000",
  "--test-reporter=spec",
  "--test-global-setup=server/test/support/sharedServer.ts",
];
const environment = { ...process.env, NODE_ENV: "test", FUZZ_SEED: seed, FUZZ_FILES: amount };
process.exit(await runPinned([...options, ...files], { environment }));
