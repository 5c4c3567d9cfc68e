import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { temporaryFolder } from "../../test/support/temporaryFolder.ts";
import { type ProcessEnd, pauseAfter, SupervisedProcess } from "./supervisedProcess.ts";

test("the pause doubles from 0.2 s and stays at 30 s", () => {
  assert.deepEqual([1, 2, 3, 8, 9, 10_000].map(pauseAfter), [200, 400, 800, 25_600, 30_000, 30_000]);
});

function supervise(
  script: string,
  logPath: string,
  ends: ProcessEnd[],
  wanted: number,
): Promise<SupervisedProcess> {
  return new Promise((resolve) => {
    const plan = { name: "a process", command: [process.execPath, "-e", script], environment: {}, logPath };
    const supervised: SupervisedProcess = new SupervisedProcess(plan, {
      onStart: () => {},
      onEnd: (end) => {
        if (ends.push(end) === wanted) resolve(supervised);
      },
    });
  });
}

test("a process that fails is started again after longer and longer pauses, and its last words are kept", async () => {
  const logPath = join(temporaryFolder(), "process.log");
  const ends: ProcessEnd[] = [];
  const script =
    "console.log('to stdout'); console.error('first'); console.error('no disk'); process.exit(3)";
  const supervised = await supervise(script, logPath, ends, 2);
  await supervised.stop(1_000);
  assert.deepEqual(
    ends.map(({ code, lastWords, pauseMs }) => ({ code, lastWords, pauseMs })),
    [
      { code: 3, lastWords: "no disk", pauseMs: 200 },
      { code: 3, lastWords: "no disk", pauseMs: 400 },
    ],
  );
  assert.equal(readFileSync(logPath, "utf8").match(/to stdout\n|first\nno disk\n/g)?.length, 4);
});

test("of an error that nobody caught, the line that names it is kept", async () => {
  const ends: ProcessEnd[] = [];
  const script = "throw new RangeError('address already in use: 127.0.0.1')";
  const supervised = await supervise(script, join(temporaryFolder(), "process.log"), ends, 1);
  await supervised.stop(1_000);
  assert.equal(ends[0]?.lastWords, "RangeError: address already in use: 127.0.0.1");
});

test("a program that does not exist is an end like any other", async () => {
  const ends: ProcessEnd[] = [];
  await new Promise<void>((resolve) => {
    const plan = {
      name: "none",
      command: ["/nonexistent/program"],
      environment: {},
      logPath: join(temporaryFolder(), "process.log"),
    };
    const supervised: SupervisedProcess = new SupervisedProcess(plan, {
      onStart: () => {},
      onEnd: (end) => {
        ends.push(end);
        supervised.kill();
        resolve();
      },
    });
  });
  assert.match(ends[0]?.lastWords ?? "", /ENOENT/);
});

test("a process that will not end when asked is made to", async () => {
  const logPath = join(temporaryFolder(), "process.log");
  const plan = {
    name: "stubborn",
    command: [
      process.execPath,
      "-e",
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')",
    ],
    environment: {},
    logPath,
  };
  const supervised = new SupervisedProcess(plan, {
    onStart: () => {},
    onEnd: () => assert.fail("it was told to end"),
  });
  while (!readFileSync(logPath, "utf8").includes("up")) await setImmediate();
  const startedAt = performance.now();
  await supervised.stop(300);
  assert.equal(supervised.pid, undefined);
  assert.ok(performance.now() - startedAt >= 290, "it was given its time");
  assert.ok(performance.now() - startedAt < 60_000, "and no more, on however busy a machine");
});
