import assert from "node:assert/strict";
import { test } from "node:test";
import type { IntervalDecision } from "@magtrace/contracts";
import type { CategoryFinder } from "../making/categoryFinder.ts";
import type { StoredInterval } from "../types.ts";
import { countsAfter, decideIntervals, namedDecisions, reviewOf } from "./decideIntervals.ts";

const rows = { totalRecords: 100, tracks: [{ sensor_id: null, start_index: 0, end_index: 99 }] };
const live = new Map([
  ["Motor", 1],
  ["Fan", 2],
]);
const categories: CategoryFinder = {
  has: (id) => [...live.values()].includes(id),
  find: ({ category }) => (category === null ? null : (live.get(category) ?? null)),
};

function interval(number: number, fields: Partial<StoredInterval> = {}): StoredInterval {
  return {
    number,
    start_index: number * 10,
    end_index: number * 10 + 5,
    category: "Motor",
    categoryId: null,
    confidence: 0.5 + number / 10,
    review: "pending",
    annotation: null,
    ...fields,
  };
}

const decide = (named: IntervalDecision[], intervals: StoredInterval[]) =>
  decideIntervals(named, {
    intervals: new Map(intervals.map((one) => [one.number, one])),
    total: intervals.length,
    rows,
    categories,
  });

test("a category that is gone is made again by its name; background makes no label", () => {
  const [gone, nothing] = decide(
    [
      { index: 0, action: "accept" },
      { index: 1, action: "accept" },
    ],
    [interval(0, { category: "Pump" }), interval(1, { category: null })],
  );
  assert.deepEqual(gone!.label, { startIndex: 0, endIndex: 5, confidence: 0.5, categoryName: "Pump" });
  assert.deepEqual(nothing, { number: 1, review: "accepted", label: null });
});

test("named intervals are decided one by one, each in its way", () => {
  const decided = decide(
    [
      { index: 2, action: "modify", start_index: 18, category: 2 },
      { index: 0, action: "reject" },
      { index: 1, action: "accept" },
    ],
    [interval(0), interval(1), interval(2), interval(3)],
  );
  assert.deepEqual(decided, [
    {
      number: 2,
      review: "modified",
      label: { startIndex: 18, endIndex: 25, confidence: 1, categoryId: 2 },
    },
    { number: 0, review: "rejected", label: null },
    {
      number: 1,
      review: "accepted",
      label: { startIndex: 10, endIndex: 15, confidence: 0.6, categoryId: 1 },
    },
  ]);
});

test("what an old client sends as an object names nothing", () => {
  assert.deepEqual(namedDecisions({ status: "modified", modifications: { note: "x" } }), []);
  assert.deepEqual(namedDecisions({ status: "modified", modifications: null }), []);
});

test("every wrong decision is refused where it stands, with the reason", () => {
  const intervals = [interval(0), interval(1, { review: "accepted" }), interval(2, { category: null })];
  const refuses = (modification: object, code: string, message: RegExp) =>
    assert.throws(() => decide([modification as IntervalDecision], intervals), { code, message });
  refuses(
    { index: 3, action: "accept" },
    "validation_failed",
    /modifications\/0: .*no interval 3; .* 0 to 2/,
  );
  refuses({ index: 1, action: "reject" }, "conflict", /interval 1 has been decided already: it is accepted/);
  refuses({ index: 0, action: "modify" }, "validation_failed", /give start_index, end_index or category/);
  refuses({ index: 0, action: "modify", end_index: 100 }, "validation_failed", /last row, 99/);
  refuses({ index: 0, action: "modify", start_index: 9 }, "validation_failed", /5 is before start_index 9/);
  refuses({ index: 0, action: "modify", category: 77 }, "not_found", /category/);
  refuses({ index: 2, action: "modify", end_index: 26 }, "validation_failed", /so name one/);
  assert.throws(
    () =>
      decide(
        [
          { index: 0, action: "accept" },
          { index: 0, action: "reject" },
        ],
        intervals,
      ),
    { code: "validation_failed", message: /modifications\/1: interval 0 is named twice/ },
  );
  assert.throws(() => decide([{ index: 0, action: "accept" }], []), { message: /it has none/ });
});

test("counts follow decisions", () => {
  const counts = { pending: 5, accepted: 1, rejected: 0, modified: 0 };
  assert.deepEqual(countsAfter(counts, [{ review: "accepted" }, { review: "modified" }]), {
    pending: 3,
    accepted: 2,
    rejected: 0,
    modified: 1,
  });
});

test("a prediction waits until all is decided, and is modified when decided in different ways", () => {
  const none = { pending: 0, accepted: 0, rejected: 0, modified: 0 };
  assert.equal(reviewOf({ ...none, accepted: 1, pending: 1 }, "accepted"), "pending");
  assert.equal(reviewOf({ ...none, accepted: 2 }, "rejected"), "accepted");
  assert.equal(reviewOf({ ...none, rejected: 1 }, "rejected"), "rejected");
  assert.equal(reviewOf({ ...none, accepted: 1, rejected: 1 }, "rejected"), "modified");
  assert.equal(reviewOf({ ...none, accepted: 1, modified: 1 }, "accepted"), "modified");
  assert.equal(reviewOf(none, "accepted"), "accepted");
});
