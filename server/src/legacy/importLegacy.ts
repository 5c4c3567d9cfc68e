import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import { bringCategories } from "./bringCategories.ts";
import { type BroughtDataset, bringDatasets } from "./bringDatasets.ts";
import { bringAnnotations, bringOldLabels } from "./bringLabels.ts";
import { bringModels, bringOldModel } from "./bringModels.ts";
import { bringInferences, bringPredictions } from "./bringPredictions.ts";
import { type BroughtProject, bringProjects, standInProject } from "./bringProjects.ts";
import { bringSessions, refuseModelFile, standInSession } from "./bringSessions.ts";
import { refuseLost } from "./refuseLost.ts";
import { tables } from "./tables.ts";

/**
 * Brings everything of an old MagTrace that is not here yet, project by project. Each row is written with the note of what
 * it became, so that an import that was cut off goes on where it was; what cannot be brought is refused row by row.
 */
export async function importLegacy(bringing: Bringing): Promise<void> {
  /** By their ids in the old database. */
  const datasets = new Map<number, BroughtDataset>();
  for await (const project of bringProjects(bringing)) await bringProject(bringing, project, datasets);
  await bringLooseDatasets(bringing, datasets);
  await bringOldModels(bringing, datasets);
  refuseLost(bringing);
}

async function bringProject(
  bringing: Bringing,
  project: BroughtProject,
  all: Map<number, BroughtDataset>,
): Promise<void> {
  const categories = await bringCategories(bringing, project);
  const datasets = new Map<number, BroughtDataset>();
  for await (const dataset of bringDatasets(bringing, project, "project_id = ?", [project.legacyId!])) {
    datasets.set(dataset.legacyId, dataset);
    all.set(dataset.legacyId, dataset);
    await bringAnnotations(bringing, dataset, categories);
    await bringOldLabels(bringing, dataset);
  }
  const models = await bringModels(bringing, project);
  const sessions = await bringSessions(bringing, { models, datasets });
  await bringPredictions(bringing, { models, datasets, sessions });
}

async function bringLooseDatasets(bringing: Bringing, all: Map<number, BroughtDataset>): Promise<void> {
  if (bringing.database.count(tables.dataset, "project_id IS NULL") === 0) return;
  const project = await standInProject(bringing);
  for await (const dataset of bringDatasets(bringing, project, "project_id IS NULL")) {
    all.set(dataset.legacyId, dataset);
    await bringAnnotations(bringing, dataset, new Map());
    await bringOldLabels(bringing, dataset);
  }
}

/** Models of the oldest interface were in no project: each goes to that of the dataset it was trained on. */
async function bringOldModels(
  bringing: Bringing,
  datasets: ReadonlyMap<number, BroughtDataset>,
): Promise<void> {
  for (const { cells } of rowsOf(bringing, tables.oldModel)) {
    const dataset = datasets.get(cells.integer("training_dataset_id") ?? -1);
    const project = dataset
      ? { id: dataset.projectId, legacyId: null, key: "" }
      : await standInProject(bringing);
    const isKnown = bringing.ledger.find("old_model", cells.key) !== undefined;
    const model = await bringOldModel(bringing, project, cells);
    if (!model) continue;
    if (!isKnown) refuseModelFile(bringing, cells);
    if (dataset) {
      const at = cells.time("created_at") ?? new Date().toISOString();
      const kind = "session_of_old_model";
      const metrics = JSON.stringify(cells.object("metrics"));
      await orRefused(bringing, cells, () => standInSession(bringing, { model, dataset, kind, at, metrics }));
    }
    await bringInferences(bringing, model, datasets);
  }
}
