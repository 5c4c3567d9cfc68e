import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedJob } from "../../platform/queue/listedJobs.ts";
import { jobOf, shortError } from "./jobOf.ts";

const NOW = Date.parse("2026-11-06T12:00:00Z");
const nobody = { organizations: new Map(), users: new Map(), progress: new Map([["train 7", 41.5]]) };

const listed = (fields: Partial<ListedJob> = {}): ListedJob => ({
  id: "0b1c2d3e-0000-4000-8000-000000000001",
  queue: "train",
  state: "active",
  data: { organizationId: 1, projectId: 2, userId: 3, id: 7 },
  created_on: new Date(NOW),
  created_us: "0",
  start_after: new Date(NOW),
  started_on: new Date(NOW),
  completed_on: null,
  retry_count: 0,
  retry_limit: 10,
  deletion_seconds: 60,
  message: null,
  ...fields,
});

test("tries are counted from where an administrator had the job done again", () => {
  const triesOf = (fields: Partial<ListedJob>) => {
    const { tries, most_tries } = jobOf(listed(fields), nobody, NOW);
    return [tries, most_tries];
  };
  const data = { ...listed().data, triesBefore: 11 };
  assert.deepEqual(triesOf({ started_on: null, state: "created" }), [0, 11]);
  assert.deepEqual(triesOf({ retry_count: 10 }), [11, 11]);
  assert.deepEqual(triesOf({ data, state: "retry", retry_count: 10, retry_limit: 21 }), [0, 11]);
  assert.deepEqual(triesOf({ data, retry_count: 11, retry_limit: 21 }), [1, 11]);
});

test("progress is told while a job runs, and a later beginning while it waits", () => {
  const later = new Date(NOW + 5_000);
  const running = jobOf(listed({ start_after: later }), nobody, NOW);
  assert.deepEqual([running.progress, running.run_after], [41.5, null]);
  const waiting = jobOf(listed({ state: "retry", start_after: later }), nobody, NOW);
  assert.deepEqual([waiting.progress, waiting.run_after], [null, later.toISOString()]);
});

test("what tells a row that work failed is about that row, and is not cancelled", () => {
  const told = jobOf(
    listed({ queue: "abandoned", state: "created", data: { ...listed().data, queue: "ingest" } }),
    nobody,
    NOW,
  );
  assert.deepEqual([told.subject, told.can_cancel, told.can_retry], ["dataset 7", false, false]);
});

test("an error is its first line, short, without addresses and without who signs in where", () => {
  assert.equal(shortError("no mailbox <ann@example.com>\n  at send"), "no mailbox <…>");
  assert.equal(shortError("cannot reach postgres://app:secret@db:5432/magtrace now"), "cannot reach … now");
  assert.equal(shortError("x".repeat(400)).length, 300);
  assert.equal(shortError(""), "");
});
