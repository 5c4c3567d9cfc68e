import assert from "node:assert/strict";
import { test } from "node:test";
import { keptOf, usualRule } from "./keepRule.ts";

const at = (time: string) => ({ startedAt: new Date(time) });
const daily = (count: number, last: string) =>
  Array.from({ length: count }, (_, back) =>
    at(new Date(Date.parse(last) - back * 86_400_000).toISOString()),
  );
const days = (kept: Iterable<{ startedAt: Date }>) =>
  [...kept].map(({ startedAt }) => startedAt.toISOString().slice(0, 10)).sort();

test("a year of daily backups leaves seven days, four weeks and six months, which overlap", () => {
  // 27 November 2026 is a Friday.
  const kept = days(keptOf(daily(365, "2026-11-27T02:30:00Z"), usualRule));
  assert.deepEqual(kept, [
    "2026-06-30",
    "2026-07-31",
    "2026-08-31",
    "2026-09-30",
    "2026-10-31",
    "2026-11-08",
    "2026-11-15",
    "2026-11-21",
    "2026-11-22",
    "2026-11-23",
    "2026-11-24",
    "2026-11-25",
    "2026-11-26",
    "2026-11-27",
  ]);
});

test("of several in a day the newest stays; days without any do not count", () => {
  const backups = [at("2026-01-05T01:00:00Z"), at("2026-01-05T23:00:00Z"), at("2025-12-01T00:00:00Z")];
  const kept = keptOf(backups, { daily: 2, weekly: 0, monthly: 0 });
  assert.deepEqual([...kept], [backups[1], backups[2]]);
});

test("nothing leaves nothing, and the newest stays whatever the rule", () => {
  assert.equal(keptOf([], usualRule).size, 0);
  assert.equal(keptOf(daily(3, "2026-03-01T00:00:00Z"), { daily: 0, weekly: 0, monthly: 0 }).size, 1);
});
