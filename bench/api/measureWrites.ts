import assert from "node:assert/strict";
import { HttpConnection, requestBytes } from "../load/httpConnection.ts";
import { median } from "../measure.ts";
import { type ApiBench, costOf } from "./apiBench.ts";
import { LABELLED_ROWS, seedLabelled, seedPrediction } from "./seedLabelled.ts";
import type { SeededOrganization } from "./seedProjects.ts";

const WRITERS = 8;
const BODIES = 512;
const INTERVALS = [100, 100_000];
const DECISIONS = 30;
const DECISIONS_TO_WARM_UP = 5;

/** Labels made by eight people of one project at once, and single decisions on a small and a large prediction in turns. */
export async function measureWrites(
  bench: ApiBench,
  place: SeededOrganization,
  { turns, seconds }: { turns: number; seconds: number },
): Promise<void> {
  const labelled = await seedLabelled(bench.owner, place);
  const bodies = Array.from({ length: BODIES }, (_, index) => {
    const start = (index * 7_919) % (LABELLED_ROWS - 100);
    const { dataset, category } = labelled;
    return JSON.stringify({ dataset, category, start_index: start, end_index: start + 99 });
  });
  const tokens = place.owners.slice(0, WRITERS);
  const load = { method: "POST", path: "/api/annotations/", tokens, bodies, seconds };
  const costs = [];
  let made = 0;
  for (let turn = 0; turn <= turns; turn++) {
    const cost = await costOf(bench, load);
    made += cost.durationsMs.length;
    if (turn > 0) costs.push(cost);
  }
  const { rows } = await bench.owner.query(
    "SELECT count(*)::int AS n FROM magtrace.annotations WHERE dataset_id = $1",
    [labelled.dataset],
  );
  assert.equal(rows[0].n, made, "labels answered and labels stored differ");
  bench.print("api_label_write_p50_8", median(costs.map(({ durationsMs }) => median(durationsMs))), "ms");
  bench.print("api_label_write_cpu_api", median(costs.map(({ apiMs }) => apiMs)), "ms");
  bench.print("api_label_write_cpu_postgres", median(costs.map(({ postgresMs }) => postgresMs)), "ms");
  bench.print("api_label_write_cpu", median(costs.map(({ apiMs, postgresMs }) => apiMs + postgresMs)), "ms");

  const predictions = [];
  for (const intervals of INTERVALS)
    predictions.push({ intervals, id: await seedPrediction(bench.owner, place, labelled, intervals) });
  await bench.owner.query("ANALYZE magtrace.predicted_intervals");
  await measureReview(bench, place.owners[0]!, predictions);
}

interface Seeded {
  readonly intervals: number;
  readonly id: number;
}

/** One interval of a prediction, accepted. */
function decision(id: number, index: number) {
  return {
    method: "POST",
    path: `/api/predictions/${id}/review/`,
    body: JSON.stringify({ status: "modified", modifications: [{ index, action: "accept" }] }),
  };
}

async function measureReview(
  { port, owner, print }: ApiBench,
  token: string,
  predictions: readonly Seeded[],
) {
  const connection = new HttpConnection(port);
  const timesMs = predictions.map(() => [] as number[]);
  for (let turn = 0; turn < DECISIONS_TO_WARM_UP + DECISIONS; turn++) {
    for (const [side, { id }] of predictions.entries()) {
      const request = requestBytes(`127.0.0.1:${port}`, { ...decision(id, turn), token });
      const begun = performance.now();
      const { status } = await connection.ask(request);
      if (turn >= DECISIONS_TO_WARM_UP) timesMs[side]!.push(performance.now() - begun);
      assert.equal(status, 200);
    }
  }
  connection.close();
  for (const [side, { id, intervals }] of predictions.entries()) {
    const { rows } = await owner.query(
      "SELECT count(*)::int AS n FROM magtrace.predicted_intervals WHERE prediction_id = $1 AND review = 'accepted'",
      [id],
    );
    assert.equal(rows[0].n, DECISIONS_TO_WARM_UP + DECISIONS, `decisions of ${intervals} intervals`);
    print(`api_review_${intervals}`, median(timesMs[side]!), "ms");
  }
  print("api_review_growth", median(timesMs.at(-1)!) / median(timesMs[0]!), "");
}
