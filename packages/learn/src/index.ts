export {
  createFeatureExtractor,
  type FeatureExtractor,
  featureNames,
} from "./features/createFeatureExtractor.ts";
export type { FeatureConfig } from "./features/featureGroup.ts";
export { type BinOptions, binFeatures } from "./forest/binFeatures.ts";
export { classWeights } from "./forest/classWeights.ts";
export { featuresPerSplit } from "./forest/featuresPerSplit.ts";
export { fitTree } from "./forest/fitTree.ts";
export { type ClassifyRows, classifyHere } from "./forest/predictInStretches.ts";
export { predictProbabilities } from "./forest/predictProbabilities.ts";
export { runTreesHere } from "./forest/runTreesHere.ts";
export {
  type HyperparameterDefinition,
  type HyperparameterFault,
  type HyperparameterReading,
  type Hyperparameters,
  hyperparameterDefinitions,
  hyperparametersToJson,
  readHyperparameters,
} from "./hyperparameters.ts";
export { type ClassDecoder, createClassDecoder, type DecodedSteps } from "./intervals/createClassDecoder.ts";
export { createIntervalMerger, type IntervalMerger } from "./intervals/createIntervalMerger.ts";
export { scoreEvents } from "./intervals/scoreEvents.ts";
export { decodeModel, encodeModel } from "./model/encodeModel.ts";
export type { ForestModel } from "./model/forestModel.ts";
export { encodeOnnx } from "./model/onnxModel.ts";
export {
  type PredictGivenIntervalsOptions,
  predictGivenIntervals,
} from "./prediction/predictGivenIntervals.ts";
export {
  type PredictIntervalsOptions,
  type Prediction,
  predictIntervals,
} from "./prediction/predictIntervals.ts";
export type { WindowSummary } from "./prediction/windowSummary.ts";
export { type TrainedForest, type TrainForestOptions, trainForest } from "./training/trainForest.ts";
export type * from "./types.ts";
export { type ProbabilityScores, scoreProbabilities } from "./validation/scoreProbabilities.ts";
export { chooseWindowing, type Windowing } from "./windows/chooseWindowing.ts";
export { type Example, type Group, planWindows, type WindowPlan } from "./windows/planWindows.ts";
export type { YieldToEventLoop } from "./workBudget.ts";
