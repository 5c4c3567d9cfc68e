import { datasetTables } from "./datasets/archive.ts";
import { readableDatasets } from "./datasets/readable.ts";
import { labelTables } from "./labels/archive.ts";
import { readableLabels } from "./labels/readable.ts";
import { modelTables } from "./models/archive.ts";
import { readableModels } from "./models/readable.ts";
import type { ArchivedTable, OmittedTable } from "./platform/archive/declaration.ts";
import type { ReadableFiles } from "./platform/archive/readable.ts";
import { predictionTables } from "./predictions/archive.ts";
import { readablePredictions } from "./predictions/readable.ts";
import { omittedProjectTables } from "./projects/archive/omitted.ts";
import { trainingTables } from "./training/archive.ts";
import { readableTraining } from "./training/readable.ts";

/** What a project's file holds, in an order in which every row comes after those it cannot be without. */
export const archivedTables: readonly ArchivedTable[] = [
  ...datasetTables,
  ...labelTables,
  ...modelTables,
  ...trainingTables,
  ...predictionTables,
];

export const omittedTables: readonly OmittedTable[] = omittedProjectTables;

/** The same once more, as people and other programs read it. */
export const readableFiles: readonly ReadableFiles[] = [
  readableDatasets,
  readableLabels,
  readableModels,
  readableTraining,
  readablePredictions,
];
