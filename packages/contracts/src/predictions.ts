import Type, { type Static } from "typebox";
import { Fraction, Id, JobStatus, JsonObject, Nullable, PageQuery, RowIndex, Timestamp } from "./common.ts";

export const IntervalReview = Type.Union([
  Type.Literal("pending"),
  Type.Literal("accepted"),
  Type.Literal("rejected"),
  Type.Literal("modified"),
]);
export type IntervalReview = Static<typeof IntervalReview>;

/**
 * One stretch a model named. `category_id` is null where the category has been deleted since, and for "background",
 * which the answer to a given interval may be: accepting it makes no label.
 */
export const PredictedInterval = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  start_index: RowIndex,
  end_index: RowIndex,
  category: Type.String({ description: "The category's name when the model was trained." }),
  category_id: Nullable(Id),
  confidence: Fraction,
  review: IntervalReview,
  annotation: Nullable(Type.Union([Id], { description: "The label that accepting or modifying it made." })),
});
export type PredictedInterval = Static<typeof PredictedInterval>;

/** How many intervals of a prediction are in each state of review. */
export const IntervalCounts = Type.Object({
  pending: Type.Integer({ minimum: 0 }),
  accepted: Type.Integer({ minimum: 0 }),
  rejected: Type.Integer({ minimum: 0 }),
  modified: Type.Integer({ minimum: 0 }),
});
export type IntervalCounts = Static<typeof IntervalCounts>;

/**
 * `predictions` and `confidence_scores` have the first 10,000 intervals at most, of all predictions of an answer
 * together; `counts` are of all there are, and `/intervals/` has them by pages.
 */
export const Prediction = Type.Object({
  id: Id,
  dataset: Id,
  model: Id,
  training_session: Id,
  status: JobStatus,
  progress: Type.Number({ minimum: 0, maximum: 100 }),
  predictions: Type.Array(PredictedInterval),
  confidence_scores: Type.Array(Fraction),
  counts: IntervalCounts,
  warnings: Type.Array(Type.String()),
  review_status: IntervalReview,
  reviewed_by: Nullable(Id),
  reviewed_at: Nullable(Timestamp),
  modifications: Nullable(Type.Unknown()),
  error_message: Nullable(Type.String()),
  created_at: Timestamp,
});
export type Prediction = Static<typeof Prediction>;

/** `model` takes its newest completed session. With `intervals`, these rows are classified instead of searched. */
export const CreatePrediction = Type.Object({
  dataset: Id,
  model: Type.Optional(Id),
  training_session: Type.Optional(Id),
  intervals: Type.Optional(
    Type.Array(Type.Object({ start_index: RowIndex, end_index: RowIndex }), {
      minItems: 1,
      maxItems: 100_000,
    }),
  ),
});
export type CreatePrediction = Static<typeof CreatePrediction>;

/** What to do with one interval; accepting or modifying makes a label that names this prediction. */
export const IntervalDecision = Type.Object({
  index: Type.Integer({ minimum: 0 }),
  action: Type.Union([Type.Literal("accept"), Type.Literal("reject"), Type.Literal("modify")]),
  start_index: Type.Optional(RowIndex),
  end_index: Type.Optional(RowIndex),
  category: Type.Optional(Id),
});
export type IntervalDecision = Static<typeof IntervalDecision>;

/**
 * `status` decides all intervals still pending (those of at least `min_confidence`, where given), after those that
 * `modifications` names as an array have been decided as told there; with `status: "modified"` just the ones named.
 * Old clients send an object: it is kept as it is and decides nothing.
 *
 * What was named alone is answered alone: with `status: "modified"` and an array, `predictions` of the answer has just
 * the intervals decided, and `counts` tell of the rest.
 */
export const ReviewPrediction = Type.Object({
  status: Type.Union([Type.Literal("accepted"), Type.Literal("rejected"), Type.Literal("modified")]),
  min_confidence: Type.Optional(Fraction),
  modifications: Type.Optional(
    Type.Union([Type.Array(IntervalDecision, { maxItems: 100_000 }), JsonObject, Type.Null()]),
  ),
});
export type ReviewPrediction = Static<typeof ReviewPrediction>;

/** `start_index` and `end_index` ask for what shares a row with them, both inclusive. */
export const IntervalListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    review: Type.Optional(IntervalReview),
    min_confidence: Type.Optional(Fraction),
    category: Type.Optional(Id),
    start_index: Type.Optional(RowIndex),
    end_index: Type.Optional(RowIndex),
    order: Type.Optional(
      Type.Union(
        [Type.Literal("index"), Type.Literal("row"), Type.Literal("certain"), Type.Literal("uncertain")],
        {
          default: "index",
        },
      ),
    ),
  }),
]);
export type IntervalListQuery = Static<typeof IntervalListQuery>;

export const PredictionListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    dataset_id: Type.Optional(Id),
    model_id: Type.Optional(Id),
    project_id: Type.Optional(Id),
    summary: Type.Optional(Type.Boolean({ description: "true leaves the intervals out of the list." })),
  }),
]);

export const Suggestion = Type.Object({
  id: Id,
  dataset: Id,
  model: Id,
  prediction: Id,
  start_index: RowIndex,
  end_index: RowIndex,
  category: Type.String(),
  category_id: Nullable(Id),
  confidence: Fraction,
  status: Type.Union([Type.Literal("pending"), Type.Literal("accepted"), Type.Literal("rejected")]),
  annotation: Nullable(Id),
  created_at: Timestamp,
});
export type Suggestion = Static<typeof Suggestion>;

/** Least certain first. */
export const CreateSuggestions = Type.Object({
  dataset: Id,
  model: Id,
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 20 })),
});
export type CreateSuggestions = Static<typeof CreateSuggestions>;

export const SuggestionListQuery = Type.Intersect([
  PageQuery,
  Type.Object({ dataset_id: Type.Optional(Id), model_id: Type.Optional(Id) }),
]);
