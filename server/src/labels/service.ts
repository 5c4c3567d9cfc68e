/** What other domains may ask of labels. */
export { type LabelSnapshot, snapshotLabels } from "./annotations/annotationQueries.ts";
export { requireIntervalFits } from "./annotations/checkLabels.ts";
export { nextLabelId } from "./annotations/chosenQueries.ts";
export {
  createChosenLabels,
  createLabelsFromPrediction,
  type PredictedLabel,
  requireChosenCategories,
} from "./annotations/fromPrediction.ts";
export { LabelEvents } from "./annotations/labelEvents.ts";
export { createDefaultCategories } from "./categories/defaultCategories.ts";
export { categoryIdsByName } from "./categories/resolveCategories.ts";
