import type { FeatureConfig } from "../features/featureGroup.ts";
import type { ClassName, Tree } from "../types.ts";
import type { Windowing } from "../windows/chooseWindowing.ts";

/** Everything prediction needs, and what the model was made with. */
export interface ForestModel {
  algorithm: "random_forest";
  /** Version of the program that trained it. */
  programVersion: string;
  /** Null is the background. */
  classes: ClassName[];
  features: FeatureConfig;
  featureNames: string[];
  windowing: Windowing;
  /** Price of a change of class, see `createClassDecoder`. */
  smoothing: number;
  /** As resolved, for the record; prediction does not read them. */
  hyperparameters: Record<string, unknown>;
  trees: Tree[];
}
