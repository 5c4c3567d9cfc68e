import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, Category, ErrorBody, PredictedInterval, Prediction } from "@magtrace/contracts";
import { createProject, type LearningStage, ok, setLearningStage } from "../support/learningStage.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";

const INTERVALS = 12_000;
const ROWS_EACH = 100;

describe("a prediction with many intervals", () => {
  const cleanup = suiteCleanup();
  let stage: LearningStage;
  let project: number;
  let motor: Category;
  let place: number[];
  let dataset: number;
  let session: { model: number; id: number };

  before(async () => {
    stage = await setLearningStage(cleanup);
    project = await createProject(stage.ann, "Many");
    const categories = await ok<Category[]>(stage.ann, "GET", `/api/label-categories/?project_id=${project}`);
    motor = categories.find(({ name }) => name === "Motor")!;
    const { rows } = await stage.owner.query("SELECT organization_id FROM magtrace.projects WHERE id = $1", [
      project,
    ]);
    place = [project, Number(rows[0].organization_id)];
    const tracks = [
      { sensor_id: "a", start_index: 0, end_index: 599_999 },
      { sensor_id: "b", start_index: 600_000, end_index: 1_199_999 },
    ];
    dataset = await idOf(
      `INSERT INTO magtrace.datasets (project_id, organization_id, name, status, total_records, original_name, channels, tracks)
       VALUES ($1, $2, 'many', 'completed', 1200000, 'many.csv', '{b}', $3) RETURNING id`,
      [...place, JSON.stringify(tracks)],
    );
    const model = await idOf(
      `INSERT INTO magtrace.models (project_id, organization_id, name, model_type)
       VALUES ($1, $2, 'm', 'random_forest') RETURNING id`,
      place,
    );
    const id = await idOf(
      `INSERT INTO magtrace.training_sessions (project_id, organization_id, model_id, dataset_id, status, labels_key)
       VALUES ($1, $2, $3, $4, 'completed', 'labels/none') RETURNING id`,
      [...place, model, dataset],
    );
    session = { model, id };
  });

  async function idOf(text: string, values: unknown[]): Promise<number> {
    return Number((await stage.owner.query(text, values)).rows[0].id);
  }

  /** Confidences go down from 0.99 and begin again each hundred; every sixth interval is background. */
  async function predicted(intervals = INTERVALS): Promise<number> {
    const id = await idOf(
      `INSERT INTO magtrace.predictions (project_id, organization_id, dataset_id, model_id, session_id, status, progress)
       VALUES ($1, $2, $3, $4, $5, 'completed', 100) RETURNING id`,
      [...place, dataset, session.model, session.id],
    );
    await stage.owner.query(
      `INSERT INTO magtrace.predicted_intervals (prediction_id, project_id, organization_id, number, start_index, end_index,
         category, category_id, confidence)
       SELECT $1, $2, $3, n, n * ${ROWS_EACH}, n * ${ROWS_EACH} + 49, CASE WHEN n % 6 > 0 THEN 'Motor' END,
         CASE WHEN n % 6 > 0 THEN $4::bigint END, 0.99 - (n % 100) / 100.0 FROM generate_series(0, $5::int - 1) AS n`,
      [id, ...place, motor.id, intervals],
    );
    return id;
  }

  const read = (id: number) => stage.ann.call<Prediction>("GET", `/api/predictions/${id}/`);
  const page = (id: number, query: string) =>
    stage.ann.call<PredictedInterval[]>("GET", `/api/predictions/${id}/intervals/?${query}`);
  const review = (id: number, body: unknown) =>
    stage.ann.call<Prediction & ErrorBody>("POST", `/api/predictions/${id}/review/`, body);
  const countLabels = async (id: number) => {
    const { rows } = await stage.owner.query(
      `SELECT count(*)::int AS labels, count(c.id)::int AS recorded, count(i.number)::int AS of_their_interval
       FROM magtrace.annotations a
       LEFT JOIN magtrace.annotation_changes c ON c.annotation_id = a.id AND c.action = 'create'
       LEFT JOIN magtrace.predicted_intervals i ON i.prediction_id = a.prediction_id AND i.annotation_id = a.id
         AND i.start_index = a.start_index AND i.end_index = a.end_index AND i.confidence = a.confidence
       WHERE a.prediction_id = $1`,
      [id],
    );
    return rows[0] as { labels: number; recorded: number; of_their_interval: number };
  };

  test("is answered with its first 10,000, and leads to the others", async () => {
    const id = await predicted();
    const { body, headers } = await read(id);
    assert.equal(body.predictions.length, 10_000);
    assert.equal(body.confidence_scores.length, 10_000);
    assert.deepEqual(body.counts, { pending: INTERVALS, accepted: 0, rejected: 0, modified: 0 });
    const next = `/api/predictions/${id}/intervals/?limit=1000&offset=10000`;
    assert.equal(headers.get("link"), `<${next}>; rel="next"`);
    const { body: more } = await stage.ann.call<PredictedInterval[]>("GET", next);
    assert.deepEqual([more.length, more[0]?.index], [1000, 10_000]);
    const small = await predicted(3);
    assert.equal((await read(small)).headers.get("link"), null);
    const listed = await ok<Prediction[]>(stage.ann, "GET", `/api/predictions/?dataset_id=${dataset}`);
    const carried = listed.map(({ predictions }) => predictions.length);
    assert.equal(
      carried.reduce((sum, n) => sum + n, 0),
      10_000,
      "all predictions of a list together",
    );
  });

  test("has pages, filtered and in an order", async () => {
    const id = await predicted(600);
    const first = await page(id, "limit=2&order=uncertain");
    assert.deepEqual(
      first.body.map(({ index }) => index),
      [99, 199],
    );
    assert.equal(first.headers.get("x-total-count"), "600");
    assert.deepEqual(
      (await page(id, "limit=2&order=certain")).body.map(({ index }) => index),
      [500, 400],
    );
    const sure = await page(id, "min_confidence=0.985&limit=1000");
    assert.deepEqual(
      sure.body.map(({ index }) => index),
      [0, 100, 200, 300, 400, 500],
    );
    assert.equal(sure.headers.get("x-total-count"), "6");
    const window = await page(id, "start_index=1049&end_index=1200&order=row");
    assert.deepEqual(
      window.body.map(({ index }) => index),
      [10, 11, 12],
    );
    assert.equal((await page(id, `category=${motor.id}`)).headers.get("x-total-count"), "500");
    await review(id, { status: "modified", modifications: [{ index: 7, action: "reject" }] });
    const rejected = await page(id, "review=rejected");
    assert.deepEqual(
      rejected.body.map(({ index }) => index),
      [7],
    );
    assert.equal(rejected.headers.get("x-total-count"), "1");
    const foreign = await stage.stranger.call("GET", `/api/predictions/${id}/intervals/`);
    assert.equal(foreign.status, 404);
  });

  test("a decision answers what it decided and the counts", async () => {
    const id = await predicted();
    const { status, body } = await review(id, {
      status: "modified",
      modifications: [
        { index: 11_001, action: "modify", start_index: 1_100_101 },
        { index: 10_999, action: "accept" },
      ],
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      body.predictions.map(({ index, review: decided }) => [index, decided]),
      [
        [10_999, "accepted"],
        [11_001, "modified"],
      ],
    );
    assert.deepEqual(body.counts, { pending: INTERVALS - 2, accepted: 1, rejected: 0, modified: 1 });
    assert.equal(body.review_status, "pending");
    const last = INTERVALS - 1;
    const beyond = await review(id, {
      status: "modified",
      modifications: [{ index: INTERVALS, action: "accept" }],
    });
    assert.match(beyond.body.error, new RegExp(`no interval ${INTERVALS}; its intervals are 0 to ${last}`));
  });

  test("is accepted as a whole, above a confidence and then the rest, each label with its interval and history", async () => {
    const id = await predicted();
    const sure = await review(id, { status: "accepted", min_confidence: 0.5 });
    assert.equal(sure.status, 200, JSON.stringify(sure.body));
    assert.deepEqual(sure.body.counts, { pending: 6000, accepted: 6000, rejected: 0, modified: 0 });
    assert.equal(sure.body.review_status, "pending");
    const rest = await review(id, {
      status: "accepted",
      modifications: [{ index: 99, action: "reject" }],
    });
    assert.deepEqual(rest.body.counts, { pending: 0, accepted: INTERVALS - 1, rejected: 1, modified: 0 });
    assert.equal(rest.body.review_status, "modified");
    const labels = (INTERVALS * 5) / 6 - 1;
    assert.deepEqual(await countLabels(id), { labels, recorded: labels, of_their_interval: labels });
    const listed = await ok<Annotation[]>(
      stage.ann,
      "GET",
      `/api/annotations/?dataset_id=${dataset}&start_index=200&end_index=200`,
    );
    const own = listed.find(({ prediction }) => prediction === id);
    assert.deepEqual([own?.category, own?.start_index, own?.end_index], [motor.id, 200, 249]);
    const again = await review(id, { status: "accepted" });
    assert.equal(again.status, 409);
  });

  test("with one across two tracks is refused as a whole, naming it", async () => {
    const id = await predicted(100);
    await stage.owner.query(
      `UPDATE magtrace.predicted_intervals SET start_index = 599999, end_index = 600000
       WHERE prediction_id = $1 AND number = 50`,
      [id],
    );
    const refused = await review(id, { status: "accepted" });
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /^interval 50: Rows 599999 to 600000 reach from one track into another/);
    assert.deepEqual(await countLabels(id), { labels: 0, recorded: 0, of_their_interval: 0 });
    assert.equal((await read(id)).body.counts.pending, 100);
  });
});
