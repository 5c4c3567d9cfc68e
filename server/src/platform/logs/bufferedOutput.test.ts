import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { bufferedOutput } from "./bufferedOutput.ts";
import { createLog } from "./log.ts";

function recorded() {
  const lines: string[] = [];
  let flushed = 0;
  const output = bufferedOutput({
    write: (line) => lines.push(line),
    flushSync: () => {
      flushed = lines.length;
    },
  });
  return { log: createLog({ LOG_LEVEL: "info" }, "test", output), flushed: () => flushed };
}

test("lines of requests wait for one another, and for no longer than a moment", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { log, flushed } = recorded();
  log.info("one");
  log.child({ request_id: "r" }).info("two");
  assert.equal(flushed(), 0);
  t.mock.timers.tick(100);
  assert.equal(flushed(), 2);
  log.info("three");
  t.mock.timers.tick(100);
  assert.equal(flushed(), 3);
});

test("a warning and an error go out at once, of a request too, with what was before them", () => {
  const { log, flushed } = recorded();
  log.info("one");
  log.child({ request_id: "r" }).warn("two");
  assert.equal(flushed(), 2);
  log.error({ err: new Error("broken") }, "three");
  assert.equal(flushed(), 3);
});

test("a process that writes more than a pipe holds at once writes all of it", () => {
  const program = `
    import { createLog } from ${JSON.stringify(new URL("./log.ts", import.meta.url).href)};
    import { bufferedOutput } from ${JSON.stringify(new URL("./bufferedOutput.ts", import.meta.url).href)};
    const log = createLog({ LOG_LEVEL: "info" }, "test", bufferedOutput());
    for (let line = 0; line < 5000; line++) log.info({ line, text: "é".repeat(200) }, "counted");`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 5000);
  for (const [number, text] of lines.entries()) assert.equal(JSON.parse(text).line, number);
});

const ENDS = {
  "in order": "",
  "by an exception that nobody caught": "throw new Error('unexpected');",
  "at once": "process.exit(3);",
};

for (const [end, statement] of Object.entries(ENDS)) {
  test(`a process that ends ${end} has written every line`, () => {
    const program = `
      import { createLog } from ${JSON.stringify(new URL("./log.ts", import.meta.url).href)};
      import { bufferedOutput } from ${JSON.stringify(new URL("./bufferedOutput.ts", import.meta.url).href)};
      const log = createLog({ LOG_LEVEL: "info" }, "test", bufferedOutput());
      for (let line = 0; line < 3; line++) log.info({ line }, "counted");
      ${statement}`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
      encoding: "utf8",
    });
    assert.deepEqual(
      stdout.match(/"line":\d/g),
      ["0", "1", "2"].map((line) => `"line":${line}`),
    );
  });
}
