import assert from "node:assert/strict";
import { test } from "node:test";
import { keptTickets } from "./jobTickets.ts";

const job = (projectId: number) => ({ userId: 1, organizationId: 2, projectId });

test("a ticket is issued once for a job's owner and place, and again after an hour", async (t) => {
  let nowMs = 1_000_000;
  t.mock.method(performance, "now", () => nowMs);
  let issued = 0;
  const tickets = keptTickets(async ({ projectId }) => `${projectId}/${++issued}`);
  assert.deepEqual(await Promise.all([tickets(job(7)), tickets(job(7)), tickets(job(8))]), [
    "7/1",
    "7/1",
    "8/2",
  ]);
  nowMs += 3_500_000;
  assert.equal(await tickets(job(7)), "7/1");
  nowMs += 200_000;
  assert.equal(await tickets(job(7)), "7/3");
});

test("a ticket that could not be issued is asked for again", async () => {
  let asked = 0;
  const tickets = keptTickets(async () => {
    if (++asked === 1) throw new Error("no database");
    return "good";
  });
  await assert.rejects(tickets(job(7)), /no database/);
  assert.equal(await tickets(job(7)), "good");
});

test("of more than a thousand, those used last are kept", async () => {
  let issued = 0;
  const tickets = keptTickets(async () => String(++issued));
  for (let project = 1; project <= 1_000; project++) await tickets(job(project));
  await tickets(job(1));
  await tickets(job(1_001));
  const before = issued;
  await tickets(job(1));
  assert.equal(issued, before);
  await tickets(job(2));
  assert.equal(issued, before + 1);
});
