/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnMapping, Dataset, Inspection } from "@magtrace/contracts";
import { inspection } from "../../../test/samples.ts";
import { ApiError } from "../../api/apiError.ts";
import { type SendingEvents, UPLOAD_GONE } from "./upload/uploadCalls.ts";
import { UploadQueue } from "./uploadQueue.ts";

interface Call extends SendingEvents {
  file: File;
  mapping: ColumnMapping;
  uploadId: number | null;
  isCancelled: boolean;
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

/** @param begun What the server has of files, by their names. */
function setUp({ inspect = true, begun = {} }: { inspect?: boolean; begun?: Record<string, number> } = {}) {
  const calls: Call[] = [];
  const looks: Look[] = [];
  const discarded: number[] = [];
  let done = 0;
  const queue = new UploadQueue({
    inspect: (file, mapping, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Inspection>();
      looks.push({ file, mapping, signal, resolve, reject });
      signal.addEventListener("abort", () => reject(new Error("aborted")));
      if (inspect) resolve(inspection());
      return promise;
    },
    findBegun: (file, others) => {
      const id = begun[file.name];
      return id === undefined ? null : Promise.resolve(others.includes(id) ? null : id);
    },
    send: ({ file, mapping, uploadId }, events) => {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Dataset }>();
      const answers = { resolve: (body: Dataset) => resolve({ status: 201, body }), reject };
      const call = { file, mapping, uploadId, isCancelled: false, ...events, ...answers };
      calls.push(call);
      const cancel = () => {
        call.isCancelled = true;
        reject(new Error("cancelled"));
      };
      return { answer: promise, cancel };
    },
    discard: (uploadId) => discarded.push(uploadId),
    onDone: () => {
      done += 1;
    },
  });
  const kinds = () => queue.items().map((item) => item.state.kind);
  return { queue, calls, looks, discarded, done: () => done, kinds };
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

test("files are sent two at a time, each with its mapping", async () => {
  const { queue, calls, done, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], { unit: "µT" });
  await settle();
  assert.deepEqual(kinds(), ["sending", "sending", "waiting"]);
  assert.deepEqual(calls[0]?.mapping, { unit: "µT" });
  calls[0]?.onProgress(0.5);
  assert.deepEqual(queue.items()[0]?.state, { kind: "sending", fraction: 0.5, interruption: null });
  calls[0]?.onProgress(1);
  assert.deepEqual(kinds(), ["reading", "sending", "waiting"]);
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.deepEqual(kinds(), ["done", "sending", "sending"]);
  assert.equal(done(), 1);
});

test("a refused file does not stop the next one", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], {});
  await settle();
  calls[0]?.reject(new Error("bad"));
  await settle();
  assert.deepEqual(kinds(), ["failed", "sending", "sending"]);
});

test("removing the file being sent cancels it and goes on", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], {});
  await settle();
  queue.remove(1);
  await settle();
  assert.equal(calls[0]?.isCancelled, true);
  assert.deepEqual(kinds(), ["sending", "sending"]);
  assert.equal(calls[2]?.file.name, "c.csv");
});

test("removing a file that waits never sends it", async () => {
  const { queue, calls } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], {});
  await settle();
  queue.remove(3);
  calls[0]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.equal(calls.length, 2);
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

test("a paused upload gives up the line, keeps what arrived, and goes on with it", async () => {
  const { queue, calls, discarded, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], {});
  await settle();
  queue.pause(1);
  assert.deepEqual(kinds(), ["sending", "sending", "waiting"], "before it is begun there is nothing to keep");
  calls[0]?.onBegun(7);
  calls[0]?.onProgress(0.5);
  queue.pause(1);
  await settle();
  calls[0]?.onProgress(0.6);
  assert.equal(calls[0]?.isCancelled, true);
  assert.deepEqual(queue.items()[0]?.state, { kind: "paused", fraction: 0.5 });
  assert.deepEqual(kinds(), ["paused", "sending", "sending"], "the third has its place");
  queue.resume(1);
  assert.deepEqual(kinds(), ["waiting", "sending", "sending"]);
  calls[1]?.resolve({ id: 1 } as Dataset);
  await settle();
  assert.deepEqual([calls[3]?.file.name, calls[3]?.uploadId], ["a.csv", 7]);
  assert.deepEqual(discarded, []);
});

test("an interrupted upload says so until something gets through", async () => {
  const { queue, calls } = setUp();
  queue.add([file("a.csv")], {});
  await settle();
  calls[0]?.onBegun(7);
  calls[0]?.onProgress(0.5);
  calls[0]?.onInterrupted("connection lost, trying again");
  const interrupted = { kind: "sending", fraction: 0.5, interruption: "connection lost, trying again" };
  assert.deepEqual(queue.items()[0]?.state, interrupted);
  calls[0]?.onProgress(0.5);
  assert.deepEqual(queue.items()[0]?.state, { ...interrupted, interruption: null });
});

test("a file that was begun before a reload goes on without being asked about again", async () => {
  const { queue, calls, looks, kinds } = setUp({ inspect: false, begun: { "a.csv": 7 } });
  queue.add([file("a.csv"), file("a.csv")], {});
  await settle();
  assert.deepEqual(kinds(), ["sending", "inspecting"], "the same one is not sent twice");
  assert.equal(calls[0]?.uploadId, 7);
  assert.equal(looks.length, 1);
});

test("cancelling deletes what has arrived, and dismissing a dataset deletes nothing", async () => {
  const { queue, calls, discarded } = setUp();
  queue.add([file("a.csv"), file("b.csv"), file("c.csv")], {});
  await settle();
  calls[0]?.onBegun(7);
  calls[1]?.onBegun(8);
  calls[1]?.resolve({ id: 1 } as Dataset);
  await settle();
  for (const id of [1, 2, 3]) queue.remove(id);
  assert.deepEqual(discarded, [7]);
});

test("an upload that has expired is begun anew: as it was answered, or asked about where it was not", async () => {
  const begun: Record<string, number> = { "a.csv": 7 };
  const { queue, calls, looks, kinds } = setUp({ begun });
  queue.add([file("a.csv"), file("b.csv")], { unit: "µT" });
  await settle();
  calls[1]?.onBegun(8);
  assert.deepEqual(
    looks.map(({ file: { name } }) => name),
    ["b.csv"],
  );
  delete begun["a.csv"];
  const gone = () => new ApiError("Gone.", { status: 410, code: UPLOAD_GONE });
  calls[0]?.reject(gone());
  calls[1]?.reject(gone());
  await settle();
  assert.deepEqual(kinds(), ["sending", "sending"]);
  assert.deepEqual(
    looks.map(({ file: { name } }) => name),
    ["b.csv", "a.csv"],
  );
  assert.deepEqual(
    calls
      .slice(2)
      .map((call) => [call.file.name, call.uploadId, call.mapping])
      .sort(),
    [
      ["a.csv", null, { unit: "µT" }],
      ["b.csv", null, { unit: "µT" }],
    ],
  );
  assert.deepEqual(
    queue.items().map(({ isAnew }) => isAnew),
    [true, true],
  );
});

test("while nobody is signed in nothing is sent, and afterwards it goes on", async () => {
  const { queue, calls, kinds } = setUp();
  queue.add([file("a.csv"), file("b.csv")], {});
  await settle();
  calls[0]?.onBegun(7);
  queue.suspend();
  await settle();
  assert.deepEqual(kinds(), ["waiting", "waiting"]);
  assert.deepEqual(
    calls.map(({ isCancelled }) => isCancelled),
    [true, true],
  );
  queue.goOn();
  assert.deepEqual(kinds(), ["sending", "sending"]);
  assert.equal(calls[2]?.uploadId, 7);
});
