import type { IntervalReview } from "@magtrace/contracts";
import { createPastPrediction, type PastInterval } from "../predictions/pastPrediction.ts";
import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import type { BroughtDataset } from "./bringDatasets.ts";
import type { BroughtModel } from "./bringModels.ts";
import { type BroughtSession, standInSession } from "./bringSessions.ts";
import type { Cells } from "./cells.ts";
import { foundIntervals } from "./foundIntervals.ts";
import { tables } from "./tables.ts";

const REVIEWS: readonly IntervalReview[] = ["pending", "accepted", "rejected", "modified"];
/** What nobody can say of which rows it speaks is kept beside the prediction up to this. */
const MOST_RAW_CHARACTERS = 1_000_000;

export interface PredictionPlaces {
  readonly models: ReadonlyMap<number, BroughtModel>;
  readonly datasets: ReadonlyMap<number, BroughtDataset>;
  readonly sessions: ReadonlyMap<number, BroughtSession>;
}

export async function bringPredictions(bringing: Bringing, places: PredictionPlaces): Promise<void> {
  for (const model of places.models.values()) {
    for (const { cells } of rowsOf(bringing, tables.prediction, "model_id = ?", [model.legacyId])) {
      await bringPrediction(
        bringing,
        cells,
        { kind: "prediction", datasets: places.datasets, model },
        (dataset, at) => sessionOf(bringing, cells, { places, model, dataset, at }),
      );
    }
  }
}

/** The oldest interface's, of one of its models. */
export async function bringInferences(
  bringing: Bringing,
  model: BroughtModel,
  datasets: ReadonlyMap<number, BroughtDataset>,
): Promise<void> {
  for (const { cells } of rowsOf(bringing, tables.inference, "model_id = ?", [model.legacyId])) {
    await bringPrediction(bringing, cells, { kind: "inference", datasets, model }, (dataset, at) =>
      standInSession(bringing, { model, dataset, kind: "session_of_old_model", at }),
    );
  }
}

interface PredictionKind {
  readonly kind: "prediction" | "inference";
  readonly datasets: ReadonlyMap<number, BroughtDataset>;
  readonly model: BroughtModel;
}

async function bringPrediction(
  bringing: Bringing,
  cells: Cells,
  { kind, datasets, model }: PredictionKind,
  sessionFor: (dataset: BroughtDataset, at: string) => Promise<BroughtSession>,
): Promise<void> {
  const { ledger, report, actor } = bringing;
  const { table, id: legacyId, key } = cells;
  if (ledger.find(kind, key)) {
    report.known(table);
    return;
  }
  const dataset = datasets.get(cells.integer("dataset_id") ?? -1);
  if (!dataset || dataset.projectId !== model.projectId) {
    report.refused(table, legacyId, "Its dataset was not brought, or is in another project than its model.");
    return;
  }
  const rows = await dataset.rows();
  if (typeof rows === "string") {
    report.refused(table, legacyId, `Not yet: ${rows}`);
    return;
  }
  const createdAt = cells.time("created_at") ?? new Date().toISOString();
  const predictions = cells.json("predictions");
  const scores = cells.json("confidence_scores");
  const intervals = foundIntervals(predictions, scores, rows);
  const id = await orRefused(bringing, cells, async () => {
    const session = await sessionFor(dataset, createdAt);
    const past = {
      datasetId: dataset.id,
      sessionId: session.id,
      ...reviewOf(cells, intervals === null ? { predictions, confidence_scores: scores } : null),
      createdAt,
      intervals: intervals ?? ([] as PastInterval[]),
    };
    return ledger.make(
      { kind, key },
      model.projectId,
      async (tx) => (await createPastPrediction(tx, actor, past)).id,
    );
  });
  if (id !== undefined) report.mapped(table, legacyId, [id]);
}

/** Its own, where that was brought; else the newest of its model; else one that stands for it. */
async function sessionOf(
  bringing: Bringing,
  cells: Cells,
  {
    places,
    model,
    dataset,
    at,
  }: { places: PredictionPlaces; model: BroughtModel; dataset: BroughtDataset; at: string },
): Promise<BroughtSession> {
  const given = cells.integer("training_session_id");
  const own = places.sessions.get(given ?? -1);
  if (own && own.modelId === model.id) return own;
  const newest = [...places.sessions.values()].filter(({ modelId }) => modelId === model.id).at(-1);
  cells.changed(
    newest
      ? `training_session: session ${newest.id}, the newest of its model, instead of ${given ?? "none"}`
      : `training_session: one that stands for it, instead of ${given ?? "none"}`,
  );
  return newest ?? standInSession(bringing, { model, dataset, kind: "session_of_model", at });
}

function reviewOf(cells: Cells, raw: object | null) {
  const given = cells.text("review_status", 20) || "pending";
  const reviewStatus = REVIEWS.find((status) => status === given);
  if (reviewStatus === undefined) cells.changed(`review_status: pending instead of ${given}`);
  const reviewer = cells.text("reviewed_by", 50).trim();
  return {
    reviewStatus: reviewStatus ?? "pending",
    reviewedAt: cells.time("reviewed_at"),
    warnings: [
      "Made by the old MagTrace.",
      ...(reviewer === "" ? [] : [`Reviewed there by ${reviewer}.`]),
      ...(raw === null ? [] : ["What it found does not say which rows it is of."]),
    ],
    modifications: modificationsOf(cells, raw),
  };
}

function modificationsOf(cells: Cells, raw: object | null): string | null {
  const own = cells.object("modifications");
  const whole = JSON.stringify(raw === null ? own : { ...own, legacy: raw });
  if (raw === null) return Object.keys(own).length === 0 ? null : whole;
  if (whole.length <= MOST_RAW_CHARACTERS) {
    cells.changed("predictions: not one a row of its dataset, so they are kept as they are beside it");
    return whole;
  }
  cells.changed("predictions: not one a row of its dataset, and too long to be kept beside it");
  return JSON.stringify(own);
}
