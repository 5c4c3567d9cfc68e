import assert from "node:assert/strict";
import { test } from "node:test";
import { BOMBS } from "./bombs.ts";
import { REAL_FILES } from "./fuzzFile.ts";
import { type FuzzReport, runBomb, runFuzz } from "./runFuzz.ts";

const seed = Number(process.env.FUZZ_SEED);
const files = Number(process.env.FUZZ_FILES);
/** What one file may need beyond what the program and the files before it did. */
const MOST_GROWN_MIB = 300;
const MOST_BOMB_MIB = 500;

test(`${files} files of seed ${seed} are read with the right values or refused with the place`, async (t) => {
  if (REAL_FILES.length === 0)
    t.diagnostic("No ../shared/data/formats: mutations of real files are left out.");
  const started = performance.now();
  const report = await runFuzz({ seed, files, processes: 2 });
  for (const line of linesOf(report)) t.diagnostic(line);
  t.diagnostic(`${Math.round((performance.now() - started) / 1000)} s`);
  const judged = [...report.counts.values()].flatMap((own) => [...own.values()]);
  assert.equal(
    judged.reduce((sum, n) => sum + n, 0),
    files,
  );
  const shown = report.failures.slice(0, 40).join("\n");
  assert.equal(report.failures.length, 0, `FUZZ_SEED=${seed}: ${report.failures.length} failures\n${shown}`);
  const { mib, what } = report.mostGrown;
  assert.ok(mib <= MOST_GROWN_MIB, `${what} took ${mib.toFixed()} MiB`);
});

function linesOf({ counts, slowest, mostGrown, mostMib, held }: FuzzReport): string[] {
  const verdicts = ["values equal", "read", "asked", "refused", "FAILED", "crashed or hung"];
  const rows = [...counts].sort().map(([kind, own]) => {
    const cells = verdicts.flatMap((verdict) => (own.has(verdict) ? [`${own.get(verdict)} ${verdict}`] : []));
    return `${kind}: ${cells.join(", ")}`;
  });
  return [
    ...rows,
    `mutated and read, values held against another parse: ${held.mutated}`,
    `slowest: ${slowest.ms.toFixed()} ms (${slowest.what})`,
    `most memory of a process: ${mostMib.toFixed()} MiB; most for one file: ${mostGrown.mib.toFixed()} MiB (${mostGrown.what})`,
  ];
}

for (const [name, bomb] of Object.entries(BOMBS)) {
  test(`a bomb is answered at once, with the limit: ${name}`, async (t) => {
    const { code, said, processorMs, grownMib, packedMib } = await runBomb(name);
    const size = `${packedMib.toFixed(1)} MiB`;
    t.diagnostic(`${size}: ${code} in ${processorMs.toFixed()} ms, ${grownMib.toFixed()} MiB: ${said}`);
    assert.equal(code, bomb.code, said);
    assert.match(said, bomb.names);
    assert.ok(processorMs < 10_000, `took ${processorMs} ms`);
    assert.ok(grownMib < MOST_BOMB_MIB, `took ${grownMib} MiB`);
  });
}
