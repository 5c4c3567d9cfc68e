import assert from "node:assert/strict";
import { test } from "node:test";
import { lastDue, startBackupSchedule } from "./backupSchedule.ts";

test("the time of a backup that is due is today's once it has come, and yesterday's before", () => {
  const now = new Date("2026-11-27T02:30:00Z");
  assert.equal(lastDue("02:30", now).toISOString(), "2026-11-27T02:30:00.000Z");
  assert.equal(lastDue("02:31", now).toISOString(), "2026-11-26T02:31:00.000Z");
});

test("a backup is made at the start and each day, one that failed again after an hour, and none after the stop", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"], now: Date.parse("2026-11-27T12:00:00Z") });
  const made: string[] = [];
  const lines: string[] = [];
  let status = 0;
  const log = {
    info: (_: object, message: string) => lines.push(message),
    warn: (_: object, message: string) => lines.push(message),
  };
  const run = async (args: readonly string[]) => {
    made.push(`${new Date().toISOString().slice(0, 13)} ${args.at(-1)?.slice(0, 13)}`);
    return { status, said: "" };
  };
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const schedule = startBackupSchedule({ at: "02:00", environment: {}, log, run });
  await pass(30_000);
  assert.deepEqual(made, ["2026-11-27T12 2026-11-27T02"], "what was due while nothing ran");
  status = 74;
  await pass(14 * 3_600_000);
  status = 0;
  await pass(3_600_000);
  await pass(23 * 3_600_000);
  assert.deepEqual(made.slice(1), [
    "2026-11-28T02 2026-11-28T02",
    "2026-11-28T03 2026-11-28T02",
    "2026-11-29T02 2026-11-29T02",
  ]);
  assert.match(lines.join("\n"), /failed, and is tried again/);
  await schedule.stop();
  await pass(48 * 3_600_000);
  assert.equal(made.length, 4);
});
