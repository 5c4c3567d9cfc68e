// npm run test:faults [-- FAULTS]: a real installation under load, killed, cut off and damaged at random, and what came
// of everything it acknowledged. FAULTS_SEED says which faults (printed), FAULTS how many if no argument does, and
// FAULTS_SECONDS for how long they are made at most, without what is checked before and after.
import { join, relative } from "node:path";
import { ensureInstalled, filesUnder, rootDir, runPinned } from "./ensure.mjs";

await ensureInstalled();
process.chdir(rootDir);
const [faults = process.env.FAULTS ?? "200"] = process.argv.slice(2);
const seconds = process.env.FAULTS_SECONDS ?? "1800";
const files = filesUnder(join(rootDir, "server", "test", "faults"))
  .map((path) => relative(rootDir, path))
  .filter((path) => path.endsWith(".faults.ts"));
const seed =
  process.env.FAULTS_SEED ?? (process.env.CI === "true" ? "20261127" : String(Date.now() % 100_000_000));
process.stdout.write(`FAULTS_SEED=${seed} FAULTS=${faults} FAULTS_SECONDS=${seconds}\n`);
const options = ["--test", "--test-concurrency=1", "--test-timeout=3600000", "--test-reporter=spec"];
const environment = {
  ...process.env,
  NODE_ENV: "test",
  FAULTS_SEED: seed,
  FAULTS: faults,
  FAULTS_SECONDS: seconds,
};
process.exit(await runPinned([...options, ...files], { environment }));
