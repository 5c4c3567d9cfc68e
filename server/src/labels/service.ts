/** What other domains may ask of labels. */
export { type LabelSnapshot, snapshotLabels } from "./annotationQueries.ts";
export { createDefaultCategories } from "./defaultCategories.ts";
export { createLabelsFromPrediction, type PredictedLabel } from "./fromPrediction.ts";
export { categoryIdsByName } from "./resolveCategories.ts";
