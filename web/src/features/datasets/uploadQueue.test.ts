/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "@magtrace/contracts";
import { UploadQueue } from "./uploadQueue.ts";

interface Call {
  file: File;
  fields: Record<string, string>;
  onProgress: (fraction: number) => void;
  resolve: (dataset: Dataset) => void;
  reject: (error: unknown) => void;
}

function setUp() {
  const calls: Call[] = [];
  let done = 0;
  const queue = new UploadQueue(
    (file, fields, onProgress) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Dataset }>();
      calls.push({ file, fields, onProgress, resolve: (body) => resolve({ status: 201, body }), reject });
      return { answer: promise, cancel: () => reject(new Error("cancelled")) };
    },
    () => {
      done += 1;
    },
  );
  return { queue, calls, done: () => done, kinds: () => queue.items().map((item) => item.state.kind) };
}

const file = (name: string) => new File(["x"], name);
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("files are sent one after the other, each with its fields", async () => {
  const { queue, calls, done, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], { project: "3" });
  assert.deepEqual(kinds(), ["sending", "waiting"]);
  assert.deepEqual(calls[0]?.fields, { project: "3" });
  calls[0]?.onProgress(0.5);
  assert.deepEqual(queue.items()[0]?.state, { kind: "sending", fraction: 0.5 });
  calls[0]?.onProgress(1);
  assert.deepEqual(kinds(), ["reading", "waiting"]);
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.deepEqual(kinds(), ["done", "sending"]);
  assert.equal(done(), 1);
});

test("a refused file does not stop the next one", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  calls[0]?.reject(new Error("bad"));
  await settle();
  assert.deepEqual(kinds(), ["failed", "sending"]);
});

test("removing the file being sent cancels it and goes on", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  queue.remove(1);
  await settle();
  assert.deepEqual(kinds(), ["sending"]);
  assert.equal(calls[1]?.file.name, "b.csv");
});

test("removing a file that waits never sends it", async () => {
  const { queue, calls } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  queue.remove(2);
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.equal(calls.length, 1);
});
