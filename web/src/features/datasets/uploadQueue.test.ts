/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnMapping, Dataset, Inspection } from "@magtrace/contracts";
import { inspection } from "../../../test/samples.ts";
import { ApiError } from "../../api/apiError.ts";
import { UploadQueue } from "./uploadQueue.ts";

interface Call {
  file: File;
  mapping: ColumnMapping;
  onProgress: (fraction: number) => void;
  resolve: (dataset: Dataset) => void;
  reject: (error: unknown) => void;
}

interface Look {
  file: File;
  mapping: ColumnMapping;
  signal: AbortSignal;
  resolve: (inspection: Inspection) => void;
  reject: (error: unknown) => void;
}

function setUp({ inspect = true } = {}) {
  const calls: Call[] = [];
  const looks: Look[] = [];
  let done = 0;
  const queue = new UploadQueue({
    inspect: (file, mapping, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Inspection>();
      looks.push({ file, mapping, signal, resolve, reject });
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      if (inspect) resolve(inspection());
      return promise;
    },
    send: (file, mapping, onProgress) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Dataset }>();
      calls.push({ file, mapping, onProgress, resolve: (body) => resolve({ status: 201, body }), reject });
      return { answer: promise, cancel: () => reject(new Error("cancelled")) };
    },
    onDone: () => {
      done += 1;
    },
  });
  return { queue, calls, looks, done: () => done, kinds: () => queue.items().map((item) => item.state.kind) };
}

const file = (name: string) => new File(["x"], name);
const settle = () => new Promise((resolve) => setImmediate(resolve));
const asksZone = inspection({
  assumptions: [
    {
      subject: "time_zone",
      taken: "The times are UTC.",
      reason: "The times name no zone.",
      column: "time",
      others: [{ label: "+02:00", mapping: { time: { zone: "+02:00" } } }],
    },
  ],
});

test("files are sent one after the other, each with its mapping", async () => {
  const { queue, calls, done, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], { unit: "µT" });
  await settle();
  assert.deepEqual(kinds(), ["sending", "waiting"]);
  assert.deepEqual(calls[0]?.mapping, { unit: "µT" });
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
  await settle();
  calls[0]?.reject(new Error("bad"));
  await settle();
  assert.deepEqual(kinds(), ["failed", "sending"]);
});

test("removing the file being sent cancels it and goes on", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  await settle();
  queue.remove(1);
  await settle();
  assert.deepEqual(kinds(), ["sending"]);
  assert.equal(calls[1]?.file.name, "b.csv");
});

test("removing a file that waits never sends it", async () => {
  const { queue, calls } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  await settle();
  queue.remove(2);
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.equal(calls.length, 1);
});

test("a file with doubts waits for an answer and holds up no other", async () => {
  const { queue, calls, looks, kinds } = setUp({ inspect: false });
  queue.add([file("a.csv"), file("b.csv")], {});
  assert.equal(looks.length, 1, "one is inspected at a time");
  looks[0]?.resolve(asksZone);
  await settle();
  looks[1]?.resolve(inspection());
  await settle();
  assert.deepEqual(kinds(), ["asking", "sending"]);
  queue.read(1, { time: { zone: "+02:00" } }, inspection());
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.deepEqual(kinds(), ["sending", "done"]);
  assert.deepEqual(calls[1]?.mapping, { time: { zone: "+02:00" } });
});

test("removing the file being inspected stops that, and the next one is inspected", async () => {
  const { queue, looks, kinds } = setUp({ inspect: false });
  queue.add([file("a.csv"), file("b.csv")], {});
  queue.remove(1);
  await settle();
  assert.equal(looks[0]?.signal.aborted, true);
  assert.deepEqual(kinds(), ["inspecting"]);
  assert.equal(looks[1]?.file.name, "b.csv");
});

test("files alike are read by the same mapping, and one that still leaves something open is asked about", async () => {
  const { queue, looks, kinds } = setUp({ inspect: false });
  queue.add([file("a.csv"), file("b.csv"), file("c.csv"), file("d.csv")], {});
  for (const seen of [asksZone, asksZone, asksZone, { ...asksZone, columns: asksZone.columns.slice(1) }]) {
    looks.at(-1)?.resolve(seen);
    await settle();
  }
  assert.deepEqual(queue.alike(1), [2, 3], "the fourth has other columns");
  const mapping: ColumnMapping = { unit: "µT" };
  queue.readAlike(queue.alike(1), mapping);
  await settle();
  assert.deepEqual(looks[4]?.mapping, mapping);
  looks[4]?.resolve(asksZone);
  await settle();
  looks[5]?.resolve({ ...asksZone, readable: false });
  await settle();
  assert.deepEqual(kinds(), ["asking", "sending", "asking", "asking"]);
});

test("an upload's questions are asked, and any other refusal can be tried again", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv")], {});
  await settle();
  const asked = { subject: "date_order", asked: "Day first?", reason: "", column: null, choices: [] };
  const details = { questions: [asked], findings: [], total_findings: 0 };
  calls[0]?.reject(new ApiError("No.", { status: 422, code: "unreadable_file", details }));
  await settle();
  const { state } = queue.items()[0] ?? {};
  assert.deepEqual(state?.kind === "asking" && state.doubt.questions, [asked]);
  queue.read(1, {}, inspection());
  calls[1]?.reject(new ApiError("Too many.", { status: 429, code: "too_many_requests" }));
  await settle();
  assert.deepEqual(kinds(), ["failed"]);
  queue.retry(1);
  assert.deepEqual(kinds(), ["sending"]);
});
