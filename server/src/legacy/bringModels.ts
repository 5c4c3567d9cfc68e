import type { ModelType } from "@magtrace/contracts";
import { createPastModel } from "../models/service.ts";
import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import type { BroughtProject } from "./bringProjects.ts";
import type { Cells, JsonObject } from "./cells.ts";
import { parentsFirst } from "./parentsFirst.ts";
import { tables } from "./tables.ts";

const TYPES: readonly ModelType[] = ["classification", "autoencoder", "transformer", "custom"];
const MOST_TAGS = 100;
const MOST_TAG = 100;
const MOST_SCRIPT = 1_000_000;

export interface BroughtModel {
  readonly id: number;
  readonly projectId: number;
  readonly legacyId: number;
  readonly key: string;
}

/** Models with the versions and parents they had; their scripts are text that nothing runs. */
export async function bringModels(
  bringing: Bringing,
  project: BroughtProject,
): Promise<Map<number, BroughtModel>> {
  const brought = new Map<number, BroughtModel>();
  if (project.legacyId === null) return brought;
  const all = [...rowsOf(bringing, tables.model, "project_id = ?", [project.legacyId])].map(
    ({ cells }) => cells,
  );
  const parentOf = (cells: Cells) => cells.integer("parent_model_id");
  for (const cells of parentsFirst(all, parentOf)) {
    const { id: legacyId, key } = cells;
    const id = await bringModel(bringing, project, cells, () => {
      const parent = parentOf(cells);
      const parentModel = parent === null ? null : (brought.get(parent)?.id ?? null);
      if (parent !== null && parentModel === null) {
        cells.changed(`parent_model: none, since model ${parent} is not in this project`);
      }
      return { ...modelOf(bringing, cells), parentModel };
    });
    if (id !== undefined) brought.set(legacyId, { id, projectId: project.id, legacyId, key });
  }
  return brought;
}

/** Models of the oldest interface. */
export async function bringOldModel(
  bringing: Bringing,
  project: BroughtProject,
  cells: Cells,
): Promise<BroughtModel | undefined> {
  const id = await bringModel(bringing, project, cells, () => oldModelOf(cells));
  return id === undefined ? undefined : { id, projectId: project.id, legacyId: cells.id, key: cells.key };
}

type NewModel = Parameters<typeof createPastModel>[3];

async function bringModel(
  bringing: Bringing,
  project: BroughtProject,
  cells: Cells,
  modelOf: () => NewModel,
): Promise<number | undefined> {
  const { ledger, report, actor } = bringing;
  const { table, key } = cells;
  const kind = table === tables.model ? "model" : "old_model";
  const [known] = ledger.find(kind, key) ?? [];
  if (known !== undefined) {
    report.known(table);
    return known;
  }
  const model = modelOf();
  const id = await orRefused(bringing, cells, () =>
    ledger.make({ kind, key }, project.id, (tx) => createPastModel(tx, actor, project.id, model)),
  );
  if (id !== undefined) report.mapped(table, cells.id, [id]);
  return id;
}

function modelOf({ database }: Bringing, cells: Cells): Omit<NewModel, "parentModel"> {
  const trainedOn = [...database.rows(tables.modelDatasets, "userdefinedmodel_id = ?", [cells.id])];
  const script = cells.text("python_script", MOST_SCRIPT);
  return {
    name: cells.text("name", 255).trim() || `Model ${cells.id}`,
    modelType: typeOf(cells),
    description: cells.text("description", 20_000),
    hyperparameters: JSON.stringify(cells.object("hyperparameters")),
    version: cells.text("version", 100).trim() || "1.0",
    versionNotes: cells.text("version_notes", 20_000),
    tags: tagsOf(cells),
    category: cells.text("category", 100),
    author: cells.text("author", 255),
    customMetadata: JSON.stringify({
      ...cells.object("custom_metadata"),
      legacy: {
        ...originOf(cells),
        updated_at: cells.time("updated_at"),
        is_active: cells.flag("is_active", true),
        training_datasets: trainedOn.map(({ dataset_id }) => Number(dataset_id)),
      },
    }),
    pythonScript: script === "" ? null : script,
    performance: cells.object("performance_metrics"),
  };
}

function oldModelOf(cells: Cells): NewModel {
  return {
    name: cells.text("name", 255).trim() || `Model ${cells.id}`,
    modelType: typeOf(cells),
    description: "",
    hyperparameters: JSON.stringify(cells.object("parameters")),
    version: cells.text("version", 100).trim() || "1.0",
    parentModel: null,
    versionNotes: "",
    tags: [],
    category: "",
    author: "",
    customMetadata: JSON.stringify({
      legacy: {
        ...originOf(cells),
        model_type: cells.text("model_type", 50),
        is_active: cells.flag("is_active", false),
      },
    }),
    pythonScript: null,
    performance: cells.object("metrics"),
  };
}

function originOf(cells: Cells): JsonObject {
  return { id: cells.id, created_at: cells.time("created_at") };
}

function typeOf(cells: Cells): ModelType {
  const given = cells.text("model_type", 50).trim();
  const known = TYPES.find((type) => type === given);
  if (known === undefined) cells.changed(`model_type: custom instead of "${given}"`);
  return known ?? "custom";
}

/** A tag has no comma here: lists are asked for by tags with commas between. */
function tagsOf(cells: Cells): string[] {
  const given = cells.json("tags");
  const texts = Array.isArray(given)
    ? given.map((tag) => (typeof tag === "string" ? tag : JSON.stringify(tag)))
    : [];
  const tags = texts
    .map((tag) => tag.replaceAll(",", " ").trim().slice(0, MOST_TAG))
    .filter((tag) => tag !== "");
  const kept = [...new Set(tags)].slice(0, MOST_TAGS);
  if (given !== undefined && JSON.stringify(kept) !== JSON.stringify(given)) {
    cells.changed(`tags: ${kept.length} of ${texts.length}, without commas and repetitions`);
  }
  return kept;
}
