import assert from "node:assert/strict";
import { test } from "node:test";
import { freeName } from "./freeName.ts";
import { parentsFirst } from "./parentsFirst.ts";

const idsOf = (rows: readonly { id: number; parent: number | null }[]) =>
  parentsFirst(rows, ({ parent }) => parent).map(({ id }) => id);

test("each row comes after its parent, and a circle ends", () => {
  assert.deepEqual(
    idsOf([
      { id: 1, parent: 3 },
      { id: 2, parent: null },
      { id: 3, parent: 2 },
    ]),
    [2, 3, 1],
  );
  assert.deepEqual(idsOf([{ id: 1, parent: 9 }]), [1]);
  const circle = idsOf([
    { id: 1, parent: 2 },
    { id: 2, parent: 1 },
    { id: 3, parent: 3 },
  ]);
  assert.deepEqual(circle.toSorted(), [1, 2, 3]);
});

test("a name that is taken, whatever its case, gets the next number and stays within the limit", () => {
  assert.equal(freeName("Noise", ["Motor"]), "Noise");
  assert.equal(freeName("Noise", ["noise", "NOISE (2)"]), "Noise (3)");
  const long = "x".repeat(255);
  assert.deepEqual(
    [freeName(long, [long]).length, freeName(long, [long]).slice(-4)],
    [255, "x(2)"].with(1, " (2)"),
  );
});
