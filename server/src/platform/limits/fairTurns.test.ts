import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { FairTurns } from "./fairTurns.ts";

/** Enters, and writes down when it is its turn. */
function asker(turns: FairTurns, begun: string[]) {
  const leaves: (() => void)[] = [];
  return {
    ask: (key: string) =>
      void turns.enter(key).then((leave) => {
        begun.push(key);
        leaves.push(leave);
      }),
    async leaveFirst() {
      leaves.shift()!();
      await yieldToEventLoop();
    },
  };
}

test("those who ask take turns, however much one of them has waiting", async () => {
  const begun: string[] = [];
  const { ask, leaveFirst } = asker(new FairTurns(1), begun);
  for (const key of ["a", "a", "a", "b", "c", "b"]) ask(key);
  await yieldToEventLoop();
  assert.deepEqual(begun, ["a"]);
  for (let i = 0; i < 5; i++) await leaveFirst();
  assert.deepEqual(begun, ["a", "a", "b", "c", "a", "b"]);
});

test("no more are begun than there are places, and one alone never has all of them", async () => {
  const begun: string[] = [];
  const { ask, leaveFirst } = asker(new FairTurns(3), begun);
  for (let i = 0; i < 5; i++) ask("a");
  await yieldToEventLoop();
  assert.deepEqual(begun, ["a", "a"]);
  ask("b");
  ask("c");
  await yieldToEventLoop();
  assert.deepEqual(begun, ["a", "a", "b"]);
  await leaveFirst();
  assert.deepEqual(begun, ["a", "a", "b", "a"]);
  await leaveFirst();
  assert.deepEqual(begun, ["a", "a", "b", "a", "c"]);
});

test("a place given back twice is one place", async () => {
  const turns = new FairTurns(1);
  const leave = await turns.enter("a");
  leave();
  leave();
  await turns.enter("b");
  let isBegun = false;
  void turns.enter("c").then(() => {
    isBegun = true;
  });
  await yieldToEventLoop();
  assert.equal(isBegun, false);
});
