import Type, { type Static } from "typebox";
import { Id, JobStatus, JsonObject, Nullable, PageQuery, Timestamp } from "./common.ts";

export const TrainingSession = Type.Object({
  id: Id,
  model: Id,
  dataset: Id,
  additional_datasets: Type.Array(Id),
  status: JobStatus,
  progress: Type.Number({ minimum: 0, maximum: 100 }),
  current_epoch: Type.Integer(),
  total_epochs: Type.Integer(),
  training_metrics: JsonObject,
  validation_metrics: JsonObject,
  final_metrics: JsonObject,
  training_logs: Type.Array(Type.Object({ at: Timestamp, message: Type.String() })),
  live_metrics: JsonObject,
  lineage: JsonObject,
  continued_from: Nullable(Id),
  error_message: Nullable(Type.String()),
  started_at: Nullable(Timestamp),
  completed_at: Nullable(Timestamp),
  created_at: Timestamp,
});
export type TrainingSession = Static<typeof TrainingSession>;

/** Hyperparameters that override the model's: unit, window_seconds, stride_seconds, n_trees, seed … Unknown ones are kept and ignored. */
export const TrainingConfig = JsonObject;

export const CreateTrainingSession = Type.Object({
  model: Id,
  dataset: Id,
  total_epochs: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  additional_dataset_ids: Type.Optional(Type.Array(Id, { maxItems: 1000 })),
  training_config: Type.Optional(TrainingConfig),
});
export type CreateTrainingSession = Static<typeof CreateTrainingSession>;

export const StartTraining = Type.Object({
  model_id: Id,
  dataset_id: Id,
  additional_dataset_ids: Type.Optional(Type.Array(Id, { maxItems: 1000 })),
  continue_from_session: Type.Optional(Nullable(Id)),
  training_config: Type.Optional(TrainingConfig),
});
export type StartTraining = Static<typeof StartTraining>;

/** Of one project, or of all that can be seen. */
export const ActiveSessionsQuery = Type.Intersect([
  PageQuery,
  Type.Object({ project_id: Type.Optional(Id) }),
]);

export const SessionListQuery = Type.Intersect([
  PageQuery,
  Type.Object({ model_id: Type.Optional(Id), project_id: Type.Optional(Id) }),
]);
