import { datasetTables } from "./datasets/archive.ts";
import { labelTables } from "./labels/archive.ts";
import { modelTables } from "./models/archive.ts";
import type { ArchivedTable, OmittedTable } from "./platform/archive/declaration.ts";
import { predictionTables } from "./predictions/archive.ts";
import { omittedProjectTables } from "./projects/archive/omitted.ts";
import { trainingTables } from "./training/archive.ts";

/** What a project's file holds, in an order in which every row comes after those it cannot be without. */
export const archivedTables: readonly ArchivedTable[] = [
  ...datasetTables,
  ...labelTables,
  ...modelTables,
  ...trainingTables,
  ...predictionTables,
];

export const omittedTables: readonly OmittedTable[] = omittedProjectTables;
