import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Registry } from "prom-client";
import { AppError } from "../../errors.ts";
import { objectMetrics } from "../metrics/objectMetrics.ts";
import { ObjectDamagedError, ObjectStoreError } from "./errors.ts";
import { MeasuredObjects } from "./measuredObjects.ts";
import { inPieces, MemoryObjects, readAll } from "./testing/memoryObjects.ts";
import { declareStoreContract } from "./testing/storeContract.ts";

declareStoreContract("measured objects", async () => measured(new MemoryObjects()).objects);

function measured(inner: MemoryObjects) {
  const registry = new Registry();
  const objects = new MeasuredObjects(inner, objectMetrics(registry));
  /** Of those that are not 0. */
  const counted = async (name: string): Promise<Record<string, number>> => {
    const { values } = await registry.getSingleMetric(name)!.get();
    const counts = values.filter(({ value }) => value > 0);
    return Object.fromEntries(counts.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
  };
  return { objects, operations: () => counted("magtrace_object_operations_total"), counted };
}

describe("measured objects", () => {
  test("count each operation once and the bytes that passed", async () => {
    const { objects, operations, counted } = measured(new MemoryObjects());
    await objects.put("a/b", inPieces(new Uint8Array(1000), 300));
    const reader = await objects.open("a/b");
    await reader.read(0, 10);
    assert.equal((await readAll(reader.stream())).byteLength, 1000);
    await objects.exists("a/b");
    for await (const { key } of objects.list("")) assert.equal(key, "a/b");
    await objects.delete("a/b");
    await assert.rejects(objects.open("a/b"));
    assert.deepEqual(await operations(), {
      "write ok": 1,
      "open ok": 1,
      "open missing": 1,
      "read ok": 2,
      "exists ok": 1,
      "list ok": 1,
      "delete ok": 1,
    });
    assert.deepEqual(await counted("magtrace_object_bytes_total"), { written: 1000, read: 1010 });
  });

  test("tell failures apart, and fail as what they stand before", async () => {
    const inner = new MemoryObjects();
    const { objects, operations } = measured(inner);
    const failures = {
      damaged: new ObjectDamagedError("a", "content_altered"),
      unavailable: new ObjectStoreError("a", "The store did not answer."),
      full: new AppError("insufficient_storage", "There is no room."),
      refused: new RangeError("beyond its end"),
    };
    for (const failure of Object.values(failures)) {
      inner.exists = async () => {
        throw failure;
      };
      await assert.rejects(objects.exists("a"), failure);
    }
    assert.deepEqual(
      await operations(),
      Object.fromEntries(Object.keys(failures).map((outcome) => [`exists ${outcome}`, 1])),
    );
  });

  test("count a write that the store refuses as failed, and one that was given up not at all", async () => {
    const inner = new MemoryObjects();
    const { objects, operations } = measured(inner);
    const given = await objects.createWriter("a");
    await given.write(new Uint8Array(1));
    await given.abort();
    assert.deepEqual(await operations(), {});

    const make = inner.createWriter.bind(inner);
    inner.createWriter = async (...args) => ({
      ...(await make(...args)),
      write: async () => {
        throw new ObjectStoreError("b", "There is no room.", { code: "insufficient_storage" });
      },
    });
    await assert.rejects(objects.put("b", inPieces(new Uint8Array(10), 5)));
    assert.deepEqual(await operations(), { "write full": 1 });
  });
});
