import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "../support/testInstallation.ts";

/** So long that what is asked next, on however busy a machine, is asked within it. */
const LONG_SECONDS = 4;
/** Five are free, and then 1 s, 2 s and 4 s are waited for. */
const MOST_TRIES = 20;

/**
 * Has wrong tries made, each when the last said it may be, until the next has to wait long: the first waits may be over
 * by the time a slow machine comes to it. Returns the statuses of all that were made.
 */
export async function untilLockedOut(tryWrong: () => Promise<Answer<unknown>>): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.length < MOST_TRIES) {
    const { status, headers } = await tryWrong();
    statuses.push(status);
    if (status !== 429) continue;
    const seconds = Number(headers.get("retry-after"));
    assert.ok(seconds > 0, "a refusal says for how long");
    if (seconds >= LONG_SECONDS) return statuses;
    await delay(seconds * 1000);
  }
  assert.fail(`never had to wait long: ${statuses.join(" ")}`);
}
