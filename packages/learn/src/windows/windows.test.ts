import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Hyperparameters, readHyperparameters } from "../hyperparameters.ts";
import type { Label, Recording, Track, TrainingSource } from "../types.ts";
import { createWorkBudget } from "../workBudget.ts";
import { chooseWindowing, windowingFor } from "./chooseWindowing.ts";
import { createCoverage } from "./coverage.ts";
import { planWindows, planWindowsInTurns } from "./planWindows.ts";
import { unlabelledRanges } from "./unlabelledRanges.ts";

function parameters(given: Record<string, unknown> = {}): Hyperparameters {
  const reading = readHyperparameters(given);
  assert.ok(reading.ok);
  return reading.hyperparameters;
}

function source(
  rows: number,
  labels: [number, number, string][],
  sampleRateHz: number | null = 10,
): TrainingSource {
  const recording: Recording = {
    tracks: [{ startIndex: 0, endIndex: rows - 1, sampleRateHz }],
    read: () => Promise.reject(new Error("planning reads nothing")),
  };
  return {
    recording,
    labels: labels.map(([startIndex, endIndex, category], i) => ({
      id: `${i}`,
      startIndex,
      endIndex,
      category,
    })),
  };
}

function planOf(sources: TrainingSource[], given: Record<string, unknown> = {}) {
  const hyperparameters = parameters(given);
  const windowing = chooseWindowing(sources, hyperparameters);
  return { windowing, plan: planWindows(sources, windowing, hyperparameters) };
}

const labelsArbitrary = fc.array(
  fc.record({
    startIndex: fc.integer({ min: 0, max: 180 }),
    length: fc.integer({ min: 1, max: 60 }),
    category: fc.constantFrom("a", "b", "c"),
  }),
  { minLength: 1, maxLength: 12 },
);

function toLabels(drawn: { startIndex: number; length: number; category: string }[]): Label[] {
  return drawn.map(({ startIndex, length, category }, i) => {
    return { id: `${i}`, startIndex, endIndex: Math.min(199, startIndex + length - 1), category };
  });
}

test("coverage is what counting row by row gives", () => {
  fc.assert(
    fc.property(
      labelsArbitrary,
      fc.integer({ min: 0, max: 190 }),
      fc.integer({ min: 1, max: 40 }),
      (drawn, start, n) => {
        const labels = toLabels(drawn);
        const end = start + n - 1;
        const rowsOf = (category: string) => {
          let rows = 0;
          for (let row = start; row <= end; row++) {
            if (labels.some((l) => l.category === category && l.startIndex <= row && row <= l.endIndex))
              rows++;
          }
          return rows;
        };
        const cover = createCoverage(labels).at(start, end);
        const most = Math.max(...["a", "b", "c"].map(rowsOf));
        if (most === 0) assert.equal(cover, null);
        else {
          assert.equal(cover!.rows, most);
          assert.equal(rowsOf(cover!.category), most);
          assert.equal(labels[cover!.label]!.category, cover!.category);
        }
      },
    ),
  );
});

test("of labels that cover a window equally, the last created wins", () => {
  const { plan } = planOf(
    [
      source(100, [
        [20, 39, "early"],
        [20, 39, "late"],
      ]),
    ],
    { window_length: 20, background: false },
  );
  assert.deepEqual(plan.classes, ["late"]);
  assert.ok(plan.examples.every((example) => plan.groups[example.group]!.label === 1));
});

test("every window takes a category that covers at least half of it, and background windows touch no label", () => {
  fc.assert(
    fc.property(
      labelsArbitrary,
      fc.integer({ min: 2, max: 50 }),
      fc.integer({ min: 1, max: 20 }),
      (drawn, length, stride) => {
        const labels = toLabels(drawn);
        const one: TrainingSource = { recording: source(200, []).recording, labels };
        const hyperparameters = parameters({ window_length: length, stride, background: true });
        const windowing = chooseWindowing([one], hyperparameters);
        let plan: ReturnType<typeof planWindows>;
        try {
          plan = planWindows([one], windowing, hyperparameters);
        } catch (error) {
          assert.ok(error instanceof RangeError && /no label covers half/.test(error.message));
          return;
        }
        for (const { start, length: own, class: c, group } of plan.examples) {
          assert.ok(start >= 0 && start + own <= 200);
          assert.equal(plan.groups[group]!.class, c);
          const category = plan.classes[c];
          let covered = 0;
          for (let row = start; row < start + own; row++) {
            const isCovered = labels.some(
              (l) =>
                (category === null || l.category === category) && l.startIndex <= row && row <= l.endIndex,
            );
            if (isCovered) covered++;
          }
          if (category === null) assert.equal(covered, 0);
          else assert.ok(2 * covered >= own);
        }
        assert.deepEqual(new Set(plan.examples.map((example) => example.class)).size, plan.classes.length);
      },
    ),
  );
});

test("a label as long as a window is seen centred and shifted both ways until it covers half", () => {
  const { plan } = planOf([source(400, [[100, 139, "a"]])], {
    window_length: 40,
    stride: 10,
    background: false,
  });
  assert.deepEqual(
    plan.examples.map((example) => example.start),
    [80, 90, 100, 110, 120],
  );
});

test("labels at the very edge of a track and shorter than a stride still make windows", () => {
  const { plan } = planOf(
    [
      source(100, [
        [0, 9, "a"],
        [90, 99, "a"],
        [50, 50, "b"],
      ]),
    ],
    { window_length: 16, stride: 16 },
  );
  const starts = plan.examples.map((example) => example.start);
  assert.ok(starts.includes(0) && starts.includes(84));
  assert.match(plan.warnings.join(" "), /1 of 3 labels taught nothing/);
  assert.ok(!plan.classes.includes("b"));
});

test("background is learned by default with one category only", () => {
  assert.ok(planOf([source(300, [[50, 99, "a"]])]).plan.classes.includes(null));
  assert.ok(
    !planOf([
      source(300, [
        [50, 99, "a"],
        [150, 199, "b"],
      ]),
    ]).plan.classes.includes(null),
  );
  const asked = planOf(
    [
      source(300, [
        [50, 99, "a"],
        [150, 199, "b"],
      ]),
    ],
    { background: true },
  );
  assert.deepEqual(asked.plan.classes, ["a", "b", null]);
});

test("without room for background a single category stands alone, with a warning", () => {
  const { plan } = planOf([source(46, [[0, 45, "all"]])]);
  assert.deepEqual(plan.classes, ["all"]);
  assert.match(plan.warnings.join(" "), /no background/);
});

test("long recordings are thinned evenly instead of filling memory", () => {
  const { plan } = planOf([source(20_000_000, [[5_000_000, 9_000_000, "long"]])], {
    window_length: 100,
    stride: 1,
  });
  const count = (c: number) => plan.examples.filter((example) => example.class === c).length;
  assert.ok(count(0) >= 9_000 && count(0) <= 11_000);
  assert.ok(count(1) >= 20_000 && count(1) <= 30_000);
  const background = plan.examples.filter((example) => example.class === 1);
  assert.ok(background[0]!.start < 2000 && background.at(-1)!.start > 19_990_000);
});

test("labels outside the recording, reversed or of no recording are refused by name", () => {
  for (const label of [
    [90, 100, "a"],
    [-1, 4, "a"],
    [9, 4, "a"],
    [1.5, 4, "a"],
  ] as [number, number, string][]) {
    assert.throws(() => planOf([source(100, [label])]), /label 0 covers rows/);
  }
  assert.throws(() => planOf([source(100, [])]), /no labels/);
});

test("for whole annotations each label is an example and its own group", () => {
  const { plan, windowing } = planOf(
    [
      source(100, [
        [0, 9, "a"],
        [5, 80, "b"],
        [99, 99, "a"],
      ]),
    ],
    { unit: "annotation" },
  );
  assert.deepEqual(
    plan.examples.map(({ start, length, class: c, group }) => [start, length, c, group]),
    [
      [0, 10, 0, 0],
      [5, 76, 1, 1],
      [99, 1, 0, 2],
    ],
  );
  assert.equal(windowing.lengthRows, 10);
});

test("default windows suit passes of seconds and states of minutes in one set of labels", () => {
  const labels: [number, number, string][] = [];
  for (let i = 0; i < 10; i++)
    labels.push([i * 20_000, i * 20_000 + 99, "pass"], [i * 20_000 + 1000, i * 20_000 + 15_999, "state"]);
  const { windowing, plan } = planOf([source(200_000, labels, 50)]);
  assert.ok(windowing.lengthRows >= 50 && windowing.lengthRows <= 100, `${windowing.lengthRows}`);
  assert.ok(windowing.farRows >= 15_000);
  assert.deepEqual(plan.classes, ["pass", "state"]);

  const minutes = planOf([
    source(
      200_000,
      [
        [0, 29_999, "state"],
        [50_000, 99_999, "other"],
      ],
      50,
    ),
  ]);
  assert.ok(minutes.windowing.lengthRows <= 256);
});

test("windows in seconds need a time axis; a length in rows goes before them", () => {
  const labels: [number, number, string][] = [[10, 60, "a"]];
  assert.equal(planOf([source(300, labels, 20)], { window_seconds: 0.5 }).windowing.lengthRows, 10);
  assert.equal(
    planOf([source(300, labels, 20)], { window_seconds: 0.5, window_length: 7 }).windowing.lengthRows,
    7,
  );
  assert.throws(() => planOf([source(300, labels, null)], { window_seconds: 0.5 }), /window_length/);
  assert.equal(planOf([source(300, labels, null)]).windowing.rateHz, null);
});

test("on a track of another rate windows keep their duration, and none is longer than its track", () => {
  const { windowing } = planOf([source(3000, [[100, 400, "a"]], 20)], { window_length: 40 });
  const track = (rows: number, sampleRateHz: number | null): Track => ({
    startIndex: 5,
    endIndex: rows + 4,
    sampleRateHz,
  });
  assert.equal(windowingFor(track(1000, 10), windowing).lengthRows, 20);
  assert.equal(windowingFor(track(1000, 60), windowing).lengthRows, 120);
  assert.equal(windowingFor(track(1000, 20.5), windowing).lengthRows, 40);
  assert.equal(windowingFor(track(1000, null), windowing).lengthRows, 40);
  assert.equal(windowingFor(track(11, 20), windowing).lengthRows, 11);
  assert.equal(windowingFor(track(1, 1e-9), windowing).lengthRows, 1);
});

test("unlabelled ranges are the rows outside every label, overlaps and edges included", () => {
  const track: Track = { startIndex: 10, endIndex: 99, sampleRateHz: null };
  const label = (startIndex: number, endIndex: number): Label => ({
    id: "",
    category: "a",
    startIndex,
    endIndex,
  });
  assert.deepEqual(unlabelledRanges(track, [label(30, 50), label(20, 60), label(0, 12)]), [
    [13, 19],
    [61, 99],
  ]);
  assert.deepEqual(unlabelledRanges(track, [label(10, 99)]), []);
  assert.deepEqual(unlabelledRanges(track, []), [[10, 99]]);
});

test("so many windows that no call could take them as its arguments are planned, in turns, as in one go", async () => {
  const rows = 4_000_000;
  const labels = Array.from({ length: 40_000 }, (_, i): [number, number, string] => {
    return [100 * i, 100 * i + 49, i % 2 === 0 ? "a" : "b"];
  });
  const sources = [source(rows, labels)];
  const { windowing, plan } = planOf(sources, { window_length: 8, stride: 8 });
  assert.ok(plan.examples.length > 0);
  let turns = 0;
  const work = createWorkBudget(async () => {
    turns++;
  });
  const inTurns = await planWindowsInTurns(sources, windowing, {
    parameters: parameters({ window_length: 8, stride: 8 }),
    work,
  });
  assert.deepEqual(inTurns, plan);
  assert.ok(turns >= 5, `${turns} turns`);
});
