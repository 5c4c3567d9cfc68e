import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewPrediction } from "@magtrace/contracts";
import type { CategoryFinder } from "../making/categoryFinder.ts";
import type { StoredInterval } from "../types.ts";
import { decideIntervals, reviewOf } from "./decideIntervals.ts";

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

const decide = (request: ReviewPrediction, intervals: StoredInterval[]) =>
  decideIntervals(request, { intervals, rows, categories });

test("accepting decides what waits, above a confidence where one is given", () => {
  const intervals = [interval(0), interval(1, { review: "rejected" }), interval(2), interval(3)];
  const all = decide({ status: "accepted" }, intervals);
  assert.deepEqual(
    all.map(({ number, review }) => [number, review]),
    [
      [0, "accepted"],
      [2, "accepted"],
      [3, "accepted"],
    ],
  );
  assert.deepEqual(all[0]!.label, { startIndex: 0, endIndex: 5, confidence: 0.5, categoryId: 1 });
  const sure = decide({ status: "rejected", min_confidence: 0.7 }, intervals);
  assert.deepEqual(
    sure.map(({ number, label }) => [number, label]),
    [
      [2, null],
      [3, null],
    ],
  );
});

test("a category that is gone is made again by its name; background makes no label", () => {
  const [gone, nothing] = decide({ status: "accepted" }, [
    interval(0, { category: "Pump" }),
    interval(1, { category: null }),
  ]);
  assert.deepEqual(gone!.label, { startIndex: 0, endIndex: 5, confidence: 0.5, categoryName: "Pump" });
  assert.deepEqual(nothing, { number: 1, review: "accepted", label: null });
});

test("named intervals are decided one by one, each in its way", () => {
  const decided = decide(
    {
      status: "modified",
      modifications: [
        { index: 2, action: "modify", start_index: 18, category: 2 },
        { index: 0, action: "reject" },
        { index: 1, action: "accept" },
      ],
    },
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

test("with named ones and accepted together, the rest follows the status", () => {
  const decided = decide({ status: "accepted", modifications: [{ index: 1, action: "reject" }] }, [
    interval(0),
    interval(1),
    interval(2),
  ]);
  assert.deepEqual(
    decided.map(({ number, review }) => [number, review]),
    [
      [1, "rejected"],
      [0, "accepted"],
      [2, "accepted"],
    ],
  );
});

test("what an old client sends as an object decides nothing", () => {
  assert.deepEqual(decide({ status: "modified", modifications: { note: "x" } }, [interval(0)]), []);
  assert.deepEqual(decide({ status: "modified", modifications: null }, [interval(0)]), []);
});

test("every wrong decision is refused where it stands, with the reason", () => {
  const intervals = [interval(0), interval(1, { review: "accepted" }), interval(2, { category: null })];
  const refuses = (modification: object, code: string, message: RegExp) =>
    assert.throws(
      () =>
        decide(
          { status: "modified", modifications: [modification] } as unknown as ReviewPrediction,
          intervals,
        ),
      { code, message },
    );
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
        {
          status: "modified",
          modifications: [
            { index: 0, action: "accept" },
            { index: 0, action: "reject" },
          ],
        },
        intervals,
      ),
    { code: "validation_failed", message: /modifications\/1: interval 0 is named twice/ },
  );
  assert.throws(() => decide({ status: "modified", modifications: [{ index: 0, action: "accept" }] }, []), {
    message: /it has none/,
  });
});

test("a prediction waits until all is decided, and is modified when decided in different ways", () => {
  assert.equal(reviewOf(["accepted", "pending"], "accepted"), "pending");
  assert.equal(reviewOf(["accepted", "accepted"], "rejected"), "accepted");
  assert.equal(reviewOf(["rejected"], "rejected"), "rejected");
  assert.equal(reviewOf(["accepted", "rejected"], "rejected"), "modified");
  assert.equal(reviewOf(["accepted", "modified"], "accepted"), "modified");
  assert.equal(reviewOf([], "accepted"), "accepted");
});
