/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { readMetrics, readProgress } from "./readMetrics.ts";

const scores = { precision: 0.9, recall: 0.8, f1: 0.85, support: 10 };

test("metrics as the learner writes them, with the validation inside", () => {
  const metrics = readMetrics({
    classes: ["Motor", "background"],
    examples: 120,
    accuracy: 0.9,
    balanced_accuracy: null,
    warnings: ["Few examples."],
    feature_importances: [{ feature: "b_std", importance: 0.4 }, { feature: 3 }],
    validation: {
      n: 100,
      per_class: [{ category: "Motor", ...scores }],
      confusion_matrix: [
        [8, 2],
        [1, 89],
      ],
      calibration: { ece: 0.03, bins: [] },
      events: { f1: 0.7 },
    },
  });
  assert.deepEqual(metrics.classes, [{ name: "Motor", ...scores }]);
  assert.deepEqual(metrics.confusion?.labels, ["Motor", "background"]);
  assert.deepEqual(metrics.confusion?.counts[0], [8, 2]);
  assert.deepEqual(metrics.warnings, ["Few examples."]);
  assert.deepEqual(
    metrics.figures.map(({ name, value }) => [name, value]),
    [
      ["Accuracy", 0.9],
      ["Event F1", 0.7],
      ["Calibration error", 0.03],
      ["Examples", 120],
      ["Examples scored", 100],
    ],
  );
  assert.equal(metrics.importances.length, 1);
});

test("metrics as flat objects", () => {
  const metrics = readMetrics({
    classes: [{ name: "A", ...scores, f1: null }],
    confusion_matrix: { labels: ["A"], matrix: [[5]] },
  });
  assert.deepEqual(metrics.classes[0], { name: "A", ...scores, f1: null });
  assert.deepEqual(metrics.confusion, { labels: ["A"], counts: [[5]] });
});

test("what is missing is left out, never zero", () => {
  const metrics = readMetrics({ accuracy: null, validation: null });
  assert.deepEqual(metrics, { figures: [], classes: [], confusion: null, warnings: [], importances: [] });
});

test("a matrix that is not square is not shown", () => {
  assert.equal(readMetrics({ confusion_matrix: [[1, 2]] }).confusion, null);
  assert.equal(readMetrics({ confusion_matrix: { matrix: "x" } }).confusion, null);
  assert.deepEqual(readMetrics({ confusion_matrix: [[3]] }).confusion?.labels, ["class 1"]);
});

test("progress is told in words as far as it is known", () => {
  assert.deepEqual(readProgress({ phase: "forest", trees_done: 3, trees_total: 100 }), {
    text: "growing the forest, 3 of 100 trees",
    accuracy: null,
  });
  assert.equal(readProgress({ phase: "validation", metrics: { fold_accuracy: 0.8 } })?.accuracy, 0.8);
  assert.equal(readProgress({ phase: "something new" })?.text, "something new");
  assert.equal(readProgress({}), null);
});
