import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Example, Group } from "../windows/planWindows.ts";
import { assignFolds } from "./assignFolds.ts";
import { purgedTrainingRows } from "./purgedTrainingRows.ts";
import { scoreProbabilities } from "./scoreProbabilities.ts";

interface Layout {
  classes: string[];
  groups: Group[];
  examples: Example[];
}

/** Examples of length 10 at the given starts: [class, group, starts …]. */
function layout(...lines: [number, number, ...number[]][]): Layout {
  const groups: Group[] = [];
  const examples: Example[] = [];
  for (const [c, g, ...starts] of lines) {
    groups[g] = { source: 0, class: c, label: g };
    for (const start of starts) examples.push({ source: 0, track: 0, start, length: 10, class: c, group: g });
  }
  examples.sort((a, b) => a.start - b.start);
  const classes = [...new Set(lines.map(([c]) => c))].sort().map((c) => `class ${c}`);
  return { classes, groups, examples };
}

const layoutArbitrary = fc
  .array(
    fc.record({
      class: fc.integer({ min: 0, max: 2 }),
      at: fc.integer({ min: 0, max: 400 }),
      windows: fc.integer({ min: 1, max: 12 }),
    }),
    { minLength: 3, maxLength: 25 },
  )
  .map((drawn) =>
    layout(
      ...drawn.map(({ class: c, at, windows }, g): [number, number, ...number[]] => [
        c,
        g,
        ...Array.from({ length: windows }, (_, k) => at + 5 * k),
      ]),
    ),
  );

test("no row and no label stands on both sides of any split", () => {
  fc.assert(
    fc.property(layoutArbitrary, fc.integer({ min: 2, max: 8 }), fc.nat(), (plan, wanted, seed) => {
      const { folds, foldOf, foldOfGroup } = assignFolds(
        { ...plan, classes: ["a", "b", "c"] },
        plan.examples,
        wanted,
        seed,
      );
      for (let fold = 0; fold < folds; fold++) {
        const training = [...purgedTrainingRows(plan.examples, foldOf, fold)];
        const held = plan.examples.flatMap((_, i) => (foldOf[i] === fold ? [i] : []));
        assert.ok(held.length > 0);
        const heldRows = new Set(
          held.flatMap((i) => Array.from({ length: 10 }, (_, k) => plan.examples[i]!.start + k)),
        );
        for (const i of training) {
          const example = plan.examples[i]!;
          for (let k = 0; k < 10; k++) assert.ok(!heldRows.has(example.start + k));
          if (foldOfGroup[example.group]! >= 0)
            assert.ok(held.every((h) => plan.examples[h]!.group !== example.group));
        }
        // Nothing is given away that could be trained on.
        const isClear = (i: number) => {
          const { start } = plan.examples[i]!;
          return Array.from({ length: 10 }, (_, k) => start + k).every((row) => !heldRows.has(row));
        };
        const clear = plan.examples.flatMap((_, i) => (foldOf[i] !== fold && isClear(i) ? [i] : []));
        assert.deepEqual(training, clear);
      }
    }),
  );
});

test("the same rows of another recording are no reason to purge", () => {
  const { examples } = layout([0, 0, 0, 5], [1, 1, 3]);
  const elsewhere = examples.map((example) => ({ ...example, source: example.class }));
  elsewhere.sort((a, b) => a.source - b.source);
  const foldOf = Int8Array.from(elsewhere, (example) => example.source);
  assert.deepEqual([...purgedTrainingRows(elsewhere, foldOf, 0)], [2]);
});

test("each class's labels are dealt out evenly over the folds", () => {
  const lines = Array.from({ length: 20 }, (_, g): [number, number, ...number[]] => [
    g % 2,
    g,
    100 * g,
    100 * g + 5,
  ]);
  const plan = layout(...lines);
  const { folds, foldOfGroup } = assignFolds(plan, plan.examples, 5, 3);
  assert.equal(folds, 5);
  for (let fold = 0; fold < 5; fold++) {
    for (const c of [0, 1]) {
      const own = plan.groups.filter((group, g) => group.class === c && foldOfGroup[g] === fold);
      assert.equal(own.length, 2);
    }
  }
});

test("a class with one long label is cut in time, with a warning", () => {
  const plan = layout(
    [0, 0, ...Array.from({ length: 40 }, (_, k) => 5 * k)],
    [1, 1, 500, 505],
    [1, 2, 600, 605],
  );
  const { folds, foldOf, foldOfGroup, warnings, scoredClasses } = assignFolds(plan, plan.examples, 5, 0);
  assert.deepEqual(scoredClasses, [0, 1]);
  assert.equal(foldOfGroup[0], -1);
  const own = plan.examples.flatMap((example, i) => (example.class === 0 ? [foldOf[i]!] : []));
  assert.deepEqual(
    own,
    [...own].sort((a, b) => a - b),
  );
  assert.ok(new Set(own).size >= 2 && folds >= 2);
  assert.match(warnings.join(" "), /"class 0" has one label, which was cut in time/);
  assert.match(warnings.join(" "), /"class 1" has only 2 labels/);
});

test("where too little is labelled to hold anything back, there is no split but a warning", () => {
  const plan = layout([0, 0, 0, 5, 10], [1, 1, 50], [1, 2, 70]);
  const { folds, foldOf, warnings } = assignFolds(plan, plan.examples, 5, 0);
  assert.equal(folds, 0);
  assert.ok(foldOf.every((fold) => fold === -1));
  assert.match(warnings.join(" "), /no score is known/);
});

test("scores are those worked out by hand", () => {
  // Truth 0 0 0 1 1 2, answers 0 0 1 1 0 2.
  const rows = [
    [0.9, 0.1, 0],
    [0.6, 0.3, 0.1],
    [0.2, 0.7, 0.1],
    [0.25, 0.75, 0],
    [0.5, 0.4, 0.1],
    [0, 0, 1],
  ];
  const scores = scoreProbabilities(Float64Array.from(rows.flat()), [0, 0, 0, 1, 1, 2], 3);
  assert.deepEqual(scores.confusion, [
    [2, 1, 0],
    [1, 1, 0],
    [0, 0, 1],
  ]);
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
  near(scores.accuracy, 4 / 6);
  near(scores.balancedAccuracy, (2 / 3 + 1 / 2 + 1) / 3);
  near(scores.logLoss, -(Math.log(0.9) + Math.log(0.6) + Math.log(0.2) + Math.log(0.75) + Math.log(0.4)) / 6);
  near(scores.perClass[0]!.precision, 2 / 3);
  near(scores.perClass[1]!.recall, 1 / 2);
  near(scores.perClass[1]!.f1, 1 / 2);
  assert.equal(scores.perClass[2]!.support, 1);
  // Bins: 0.5 (0 of 1), 0.6 (1 of 1), 0.7 and 0.75 (1 of 2), 0.9 and 1 (2 of 2).
  near(scores.calibration.ece, (0.5 + 0.4 + 0.45 + 0.1) / 6);
  assert.equal(scores.calibration.bins[7]!.n, 2);
  near(scores.calibration.bins[7]!.mean_confidence, 0.725);
  assert.equal(scores.calibration.bins[9]!.accuracy, 1);
});

test("a class that never occurs has zeros and does not count, certain error stays finite, nothing is refused", () => {
  const scores = scoreProbabilities(Float64Array.of(1, 0, 1, 0), [0, 1], 2);
  assert.equal(scores.balancedAccuracy, 0.5);
  assert.ok(Math.abs(scores.logLoss - -Math.log(1e-15) / 2) < 1e-9);
  const absent = scoreProbabilities(Float64Array.of(1, 0), [0], 2);
  assert.equal(absent.balancedAccuracy, 1);
  assert.deepEqual(absent.perClass[1], { precision: 0, recall: 0, f1: 0, support: 0 });
  assert.throws(() => scoreProbabilities(new Float64Array(0), [], 2), RangeError);
});
