const PREFIX = "magtrace_api_";

/** Tables of the old MagTrace by what they hold. */
export const tables = {
  project: `${PREFIX}project`,
  dataset: `${PREFIX}dataset`,
  reading: `${PREFIX}magnetometerreading`,
  category: `${PREFIX}labelcategory`,
  annotation: `${PREFIX}annotation`,
  label: `${PREFIX}label`,
  model: `${PREFIX}userdefinedmodel`,
  session: `${PREFIX}trainingsession`,
  prediction: `${PREFIX}prediction`,
  oldModel: `${PREFIX}mlmodel`,
  inference: `${PREFIX}inferenceresult`,
  suggestion: `${PREFIX}activelearningsuggestion`,
  sessionDatasets: `${PREFIX}trainingsession_additional_datasets`,
  modelDatasets: `${PREFIX}userdefinedmodel_training_datasets`,
} as const;

export type LegacyTable = (typeof tables)[keyof typeof tables];

/** What must be there; columns that only later versions of it have may be missing. */
export const requiredColumns: Readonly<Partial<Record<LegacyTable, readonly string[]>>> = {
  [tables.project]: ["id", "name", "created_at"],
  [tables.dataset]: ["id", "name", "file", "uploaded_at", "project_id"],
  [tables.reading]: [
    "id",
    "dataset_id",
    "timestamp_pc",
    "b_x",
    "b_y",
    "b_z",
    "lat",
    "lon",
    "altitude",
    "thetax",
    "thetay",
    "thetaz",
    "sensor_id",
  ],
  [tables.category]: ["id", "project_id", "name", "color", "parent_id"],
  [tables.annotation]: ["id", "dataset_id", "category_id", "start_index", "end_index"],
  [tables.model]: ["id", "project_id", "name", "model_type"],
  [tables.session]: ["id", "model_id", "dataset_id", "status"],
  [tables.prediction]: ["id", "model_id", "dataset_id", "predictions"],
};
