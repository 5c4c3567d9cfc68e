import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { figureLine, isBench } from "./bench.ts";
import { median, percentile, processMemory, processTree, timeEach, watchMemory } from "./measure.ts";

const withoutProc = process.platform === "linux" ? false : "there is no /proc here";

test("percentiles interpolate between neighbours, whatever the order or sign", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([-4, -1, -3, -2]), -2.5);
  assert.equal(median([7]), 7);
  assert.equal(percentile([10, 20], 0.75), 17.5);
  assert.equal(percentile([5, 9, 1], 0), 1);
  assert.equal(percentile([5, 9, 1], 1), 9);
});

test("no values, a NaN and a share outside 0 to 1 are refused", () => {
  assert.throws(() => median([]), RangeError);
  assert.throws(() => median([1, Number.NaN]), RangeError);
  assert.throws(() => percentile([1], 1.01), RangeError);
  assert.throws(() => percentile([1], Number.NaN), RangeError);
});

test("each turn is timed by itself, waiting for what it returns", async () => {
  const turns: number[] = [];
  const durations = await timeEach(3, async (turn) => void turns.push(turn));
  assert.deepEqual(turns, [0, 1, 2]);
  assert.equal(durations.length, 3);
  assert.ok(durations.every((duration) => duration >= 0));
});

test("a process's memory and children are seen, those of one that ended are not", {
  skip: withoutProc,
}, async () => {
  const child = spawn(process.execPath, ["-e", "Buffer.alloc(150e6, 1); setInterval(() => {}, 1000)"]);
  try {
    const own = processMemory(process.pid);
    assert.ok(own !== null && own.residentBytes > 10e6 && own.peakBytes >= own.residentBytes);
    assert.deepEqual(processTree(process.pid).includes(child.pid!), true);
    const watch = watchMemory(process.pid, 10);
    while ((processMemory(child.pid!)?.peakBytes ?? 0) < 150e6) await new Promise(setImmediate);
    const peak = await watch.stop();
    assert.ok(peak.largestProcessBytes > 150e6);
    assert.ok(peak.togetherBytes > own.residentBytes / 2);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  assert.equal(processMemory(child.pid!), null);
});

test("figures print as name, value, unit", () => {
  assert.equal(figureLine("a", 0.123456, "s"), "a 0.1235 s");
  assert.equal(figureLine("b", 123456.7, "rows"), "b 123457 rows");
  assert.equal(figureLine("c", -2, "nT"), "c -2 nT");
});

test("only what has a name and can run is a benchmark", () => {
  assert.equal(isBench({ name: "x", run: async () => undefined }), true);
  for (const not of [null, {}, { name: 1, run: () => 0 }, { name: "x" }]) assert.equal(isBench(not), false);
});

test("an unknown benchmark lists those there are, with exit status 2", () => {
  const ran = spawnSync(process.execPath, [`${import.meta.dirname}/main.ts`, "../main"], {
    encoding: "utf8",
  });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /no benchmark called "\.\.\/main"/);
  assert.match(ran.stderr, /Benchmarks: .*objects/);
});
