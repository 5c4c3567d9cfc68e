/** What other domains may ask of labels. */
export { type LabelSnapshot, snapshotLabels } from "./annotations/annotationQueries.ts";
export { createLabelsFromPrediction, type PredictedLabel } from "./annotations/fromPrediction.ts";
export { createDefaultCategories } from "./categories/defaultCategories.ts";
export { categoryIdsByName } from "./categories/resolveCategories.ts";
