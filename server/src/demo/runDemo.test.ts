import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { AppError } from "../errors.ts";
import { type DemoOptions, runDemo } from "./runDemo.ts";
import { scripted } from "./testing/scripted.ts";

interface Interval {
  readonly start_index: number;
  readonly end_index: number;
  readonly category: string;
}

/** An interface on which everything succeeds at once and predictions find what the test says. */
async function obliging(t: TestContext, found: readonly Interval[], exported = found) {
  const done = { status: "completed", error_message: null };
  return scripted(t, ({ method, path, body }) => {
    if (path === "/api/projects/") return { status: 201, body: { id: 1 } };
    if (path === "/api/datasets/upload/")
      return { status: 201, body: { id: 2, project: 1, processed: true } };
    if (path.startsWith("/api/label-categories/")) {
      return method === "GET" ? { body: [] } : { status: 201, body: { id: 3, ...JSON.parse(body) } };
    }
    if (path === "/api/annotations/bulk_create/") return { status: 201, body: JSON.parse(body).annotations };
    if (path.startsWith("/api/annotations/export/")) return { body: csvOf(exported) };
    if (path === "/api/user-models/") return { status: 201, body: { id: 4 } };
    if (path.startsWith("/api/training-sessions/"))
      return { body: { id: 5, ...done, final_metrics: { accuracy: 0.5 } } };
    if (path.startsWith("/api/predictions/")) return { body: { id: 6, ...done, predictions: found } };
    return { status: 404, body: { error: `no ${path}` } };
  });
}

function csvOf(intervals: readonly Interval[]): string {
  const lines = intervals.map(
    ({ start_index, end_index, category }) => `${start_index},${end_index},${category},1,`,
  );
  return ["start_index,end_index,category,confidence,notes", ...lines, ""].join("\n");
}

const truth = [
  { start_index: 0, end_index: 9, category: "A" },
  { start_index: 20, end_index: 29, category: "B" },
  { start_index: 40, end_index: 49, category: "A" },
];

async function demo(
  t: TestContext,
  found: readonly Interval[],
  options: Partial<DemoOptions> & { exported?: Interval[] } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "magtrace-demo-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const readings = join(folder, "readings.csv");
  const labels = join(folder, "labels.csv");
  writeFileSync(readings, "timestamp_pc,b_x,b_y,b_z\n");
  writeFileSync(labels, csvOf(truth));
  const { asked, controller, url } = await obliging(t, found, options.exported);
  const printed: string[] = [];
  const result = await runDemo({
    installation: { url, token: "mgt_x" },
    files: { train: readings, labels, test: readings, testLabels: labels },
    unit: "window",
    print: (line) => printed.push(line),
    nowMs: () => Date.UTC(2026, 0, 2, 3, 4),
    signal: controller.signal,
    ...options,
  });
  return { asked, printed, score: result.score };
}

test("events are scored by overlap and category on the labels that came out, and every step is printed", async (t) => {
  const found = [truth[0], { ...truth[1], category: "A" }, { start_index: 44, end_index: 53, category: "A" }];
  const { asked, printed, score } = await demo(t, found);
  // One of three right: the second is of the wrong category, the third overlaps by 6 of 14 rows.
  assert.equal(score, 1 / 3);
  const text = printed.join("\n");
  for (const step of [
    "create a project: Demo 2026-01-02 03:04",
    "upload readings.csv",
    "label it: 3 labels",
    "train it",
  ]) {
    assert.ok(text.includes(step), step);
  }
  assert.match(text, /validation accuracy 0\.500/);
  assert.match(
    text,
    /all events +precision 0\.333 +recall 0\.333 +F1 0\.333 +\(1 right of 3 found, 3 there\)/,
  );
  assert.ok(
    asked.some(
      ({ path, body }) => path === "/api/predictions/6/review/" && JSON.parse(body).status === "accepted",
    ),
  );
  const model = asked.find(({ path }) => path === "/api/user-models/");
  assert.deepEqual(JSON.parse(model!.body).hyperparameters, { unit: "window", seed: 0, background: true });
});

test("finding nothing is a score of 0, not an error", async (t) => {
  assert.equal((await demo(t, [])).score, 0);
});

test("with unit annotation the test labels' intervals are asked in order and accuracy is printed", async (t) => {
  const { asked, printed, score } = await demo(t, [truth[0], truth[1], { ...truth[2], category: "B" }], {
    unit: "annotation",
  });
  assert.equal(score, 2 / 3);
  assert.equal(printed.at(-1), "accuracy 0.6667");
  const request = asked.find(({ path }) => path === "/api/predictions/");
  assert.deepEqual(
    JSON.parse(request!.body).intervals,
    truth.map(({ start_index, end_index }) => ({ start_index, end_index })),
  );
});

test("labels lost between acceptance and export, or intervals left unanswered, are failures", async (t) => {
  const isInternal = (error: unknown) => error instanceof AppError && error.code === "internal";
  await assert.rejects(demo(t, truth, { exported: truth.slice(1) }), isInternal);
  await assert.rejects(demo(t, truth.slice(1), { unit: "annotation" }), isInternal);
});
