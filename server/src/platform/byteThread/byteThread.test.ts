import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import { ByteThread } from "./byteThread.ts";

const file = new URL("./testing/countingThread.ts", import.meta.url);

function startThread(t: TestContext, options: { idleMs?: number } = {}) {
  const workerData = new SharedArrayBuffer(12);
  const thread = new ByteThread(file, { workerData, ...options });
  t.after(() => thread.close());
  const counts = new Int32Array(workerData);
  return {
    thread,
    made: () => Atomics.load(counts, 0),
    ended: () => Atomics.load(counts, 1),
    closed: () => Atomics.load(counts, 2),
  };
}

async function until(isSo: () => boolean): Promise<void> {
  for (const lastMs = performance.now() + 30_000; !isSo(); await delay(5)) {
    assert.ok(performance.now() < lastMs, "it never came to be");
  }
}

test("pieces come in their order, after what was known before them", async (t) => {
  const { thread, ended } = startThread(t);
  const answer = await thread.make<{ upTo: number }>("count", 4);
  assert.deepEqual(answer.head, { upTo: 4 });
  const pieces = await Array.fromAsync(answer.pieces, (piece) => Buffer.from(piece).toString("latin1"));
  assert.deepEqual(pieces, ["piece 1", "\x02\x02\x02", "piece 3", "\x04\x04\x04"]);
  await until(() => ended() === 1);
});

test("no more is made than one piece beyond what was taken", async (t) => {
  const { thread, made, ended } = startThread(t);
  const answer = await thread.make("count", 1_000_000);
  const pieces = answer.pieces;
  for (let i = 0; i < 3; i++) await pieces.next();
  // Another answer goes all the way meanwhile: the first was not merely slow.
  const other = await thread.make("count", 50);
  assert.equal((await Array.fromAsync(other.pieces)).length, 50);
  assert.ok(made() <= 50 + 5, `${made()} pieces were made`);
  await pieces.return(undefined);
  await until(() => ended() === 2);
});

test("an answer nobody begins to take is ended all the same", async (t) => {
  const { thread, made, ended } = startThread(t);
  const answer = await thread.make("count", 5);
  answer.end();
  await until(() => ended() === 1);
  assert.equal(made(), 0);
});

test("errors keep what they say, before the first byte and in the middle", async (t) => {
  const { thread, ended } = startThread(t);
  await assert.rejects(
    thread.make("refusing", null),
    (error: unknown) => error instanceof AppError && error.code === "not_found",
  );
  const answer = await thread.make("failing", null);
  await assert.rejects(Array.fromAsync(answer.pieces), (error: unknown) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, "damaged_object");
    assert.deepEqual(error.details, { at: 1 });
    return true;
  });
  await until(() => ended() === 1);
  await assert.rejects(thread.make("nothing of the kind", null), /nothing makes/);
});

test("a thread that dies fails what it was at, and the next answer has another", async (t) => {
  const { thread } = startThread(t);
  const answer = await thread.make("count", 1_000_000);
  await answer.pieces.next();
  await assert.rejects(thread.make("dying", null), /ended in the middle/);
  await assert.rejects(Array.fromAsync(answer.pieces), /ended in the middle/);
  const other = await thread.make("count", 2);
  assert.equal((await Array.fromAsync(other.pieces)).length, 2);
});

test("a thread without work ends, and so does one whose process stops in the middle of it", async (t) => {
  const { thread, closed } = startThread(t, { idleMs: 1 });
  await Array.fromAsync((await thread.make("count", 2)).pieces);
  await until(() => closed() === 1);
  const answer = await thread.make("count", 1_000_000);
  await answer.pieces.next();
  await thread.close();
  assert.equal(closed(), 2);
  await assert.rejects(
    Array.fromAsync(answer.pieces),
    (error: unknown) => error instanceof AppError && error.code === "dependency_unavailable",
  );
  await assert.rejects(thread.make("count", 1), /stopping/);
});
