import type {
  CreateModel,
  CreateVersion,
  ModelListQuery,
  RenameModel,
  UpdateModel,
  UserModel,
} from "@magtrace/contracts";
import type { Static } from "typebox";
import type { Actor } from "../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page } from "../http/reply/page.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import { nextVersion } from "./nextVersion.ts";
import * as queries from "./queries.ts";
import { storableJson } from "./storableJson.ts";

export { storableJson } from "./storableJson.ts";

/** A model the actor may do `permission` on. Other domains begin with this, too. */
export async function requireModel(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<queries.StoredModel> {
  const seen = await queries.findModel(tx, id);
  requireAllowed(actor, permission, seen, "model");
  // Held only now: who may not change a row cannot hold it, and would be told that it does not exist.
  const model = permission === "model.write" ? await queries.findModel(tx, id, "forUpdate") : seen;
  if (!model) throw notFound("model");
  return model;
}

/** Scores of a model's newest training, for lists. */
export async function recordPerformance(
  tx: Transaction,
  id: number,
  metrics: Record<string, unknown>,
): Promise<void> {
  await queries.updateModel(tx, id, { performance_metrics: JSON.stringify(metrics) });
}

export async function listModels(
  { db }: Deps,
  actor: Actor,
  query: Static<typeof ModelListQuery>,
): Promise<Page<UserModel>> {
  const tags = (query.tags ?? "").split(",").map((tag) => tag.trim());
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "model.read");
    return queries.listModels(tx, query, {
      ...(query.project_id === undefined ? {} : { projectId: query.project_id }),
      ...(query.category === undefined ? {} : { category: query.category }),
      tags: tags.filter((tag) => tag !== ""),
      summary: isTrue(query.summary),
    });
  });
}

/** Flags as old clients write them. */
function isTrue(flag: string | undefined): boolean {
  return flag !== undefined && ["true", "1", "yes"].includes(flag.toLowerCase());
}

export async function readModel({ db }: Deps, actor: Actor, id: number): Promise<UserModel> {
  return inTransaction(
    db,
    actor.database,
    async (tx) => (await requireModel(tx, actor, id, "model.read")).wire,
  );
}

export async function createModel({ db }: Deps, actor: Actor, request: CreateModel): Promise<UserModel> {
  return inTransaction(db, actor.database, async (tx) => {
    const { projectId, organizationId } = await requireProject(tx, actor, request.project, "model.write");
    return queries.insertModel(tx, {
      projectId,
      organizationId,
      name: request.name,
      modelType: request.model_type ?? "random_forest",
      description: request.description ?? "",
      hyperparameters: storableJson(request.hyperparameters ?? {}, "body/hyperparameters"),
      version: "1.0",
      parentModel: null,
      versionNotes: request.version_notes ?? "",
      tags: distinct(request.tags ?? []),
      category: request.category ?? "",
      author: request.author ?? actor.access.user.name,
      customMetadata: storableJson(request.custom_metadata ?? {}, "body/custom_metadata"),
      pythonScript: request.python_script ?? null,
      createdBy: actor.userId,
    });
  });
}

export type PastModel = Omit<queries.NewModel, "projectId" | "organizationId" | "createdBy">;

/** A model that was made elsewhere, with the version and parent it had there. */
export async function createPastModel(
  tx: Transaction,
  actor: Actor,
  projectId: number,
  model: PastModel & { readonly performance: Record<string, unknown> },
): Promise<number> {
  const { organizationId } = await requireProject(tx, actor, projectId, "model.write");
  const made = await queries.insertModel(tx, {
    ...model,
    projectId,
    organizationId,
    createdBy: actor.userId,
  });
  if (Object.keys(model.performance).length > 0) await recordPerformance(tx, made.id, model.performance);
  return made.id;
}

export async function updateModel(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: UpdateModel,
): Promise<UserModel> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireModel(tx, actor, id, "model.write");
    return queries.updateModel(tx, id, changeOf(request));
  });
}

/** Only fields that can be changed, whatever else a client sent. */
function changeOf(request: UpdateModel): queries.ModelChange {
  const { name, model_type, description, version_notes, category, author, python_script } = request;
  const texts = { name, model_type, description, version_notes, category, author, python_script };
  return {
    ...(Object.fromEntries(
      Object.entries(texts).filter(([, value]) => value !== undefined),
    ) as queries.ModelChange),
    ...(request.tags === undefined ? {} : { tags: distinct(request.tags) }),
    ...(request.hyperparameters === undefined
      ? {}
      : { hyperparameters: storableJson(request.hyperparameters, "body/hyperparameters") }),
    ...(request.custom_metadata === undefined
      ? {}
      : { custom_metadata: storableJson(request.custom_metadata, "body/custom_metadata") }),
  };
}

function distinct(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim()))].filter((tag) => tag !== "");
}

export async function renameModel(
  deps: Deps,
  actor: Actor,
  id: number,
  request: RenameModel,
): Promise<UserModel> {
  const name = request.name ?? request.new_name;
  if (name === undefined) {
    throw new AppError("validation_failed", "body/name must say what the model is to be called.");
  }
  return updateModel(deps, actor, id, { name });
}

/** A copy that starts a family of its own. It has no training: that belongs to the model it is of. */
export async function cloneModel(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: RenameModel,
): Promise<UserModel> {
  return inTransaction(db, actor.database, async (tx) => {
    const model = await requireModel(tx, actor, id, "model.write");
    const name = request.name ?? request.new_name ?? `${model.wire.name.slice(0, 240)} (copy)`;
    return queries.insertModel(tx, { ...copyOf(model, actor), name });
  });
}

export async function createVersion(
  { db }: Deps,
  actor: Actor,
  id: number,
  request: CreateVersion,
): Promise<UserModel> {
  return inTransaction(db, actor.database, async (tx) => {
    const model = await requireModel(tx, actor, id, "model.write");
    const [oldest] = await queries.familyOf(tx, id);
    // Two at once take turns on the family's oldest: no number is given twice.
    await queries.findModel(tx, oldest!.id, "forUpdate");
    const family = await queries.familyOf(tx, id);
    return queries.insertModel(tx, {
      ...copyOf(model, actor),
      version: nextVersion(family.map(({ version }) => version)),
      parentModel: id,
      versionNotes: request.version_notes ?? "",
      ...(request.python_script === undefined ? {} : { pythonScript: request.python_script }),
      ...(request.hyperparameters === undefined
        ? {}
        : { hyperparameters: storableJson(request.hyperparameters, "body/hyperparameters") }),
    });
  });
}

function copyOf({ wire, projectId, organizationId }: queries.StoredModel, actor: Actor): queries.NewModel {
  return {
    projectId,
    organizationId,
    name: wire.name,
    modelType: wire.model_type,
    description: wire.description,
    hyperparameters: JSON.stringify(wire.hyperparameters),
    version: "1.0",
    parentModel: null,
    versionNotes: "",
    tags: wire.tags,
    category: wire.category,
    author: wire.author,
    customMetadata: JSON.stringify(wire.custom_metadata),
    pythonScript: wire.python_script ?? null,
    createdBy: actor.userId,
  };
}

/** A model with all its versions, the oldest first. */
export async function listVersions({ db }: Deps, actor: Actor, id: number): Promise<UserModel[]> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireModel(tx, actor, id, "model.read");
    return queries.familyOf(tx, id);
  });
}

/** `project` is the place models are looked at: one project, or all the actor can see. */
export async function listDistinct(
  { db }: Deps,
  actor: Actor,
  what: "categories" | "tags",
  projectId: number | undefined,
): Promise<string[]> {
  return inTransaction(db, actor.database, async (tx) => {
    if (projectId !== undefined) await requireProject(tx, actor, projectId, "model.read");
    const query = what === "tags" ? queries.distinctTags : queries.distinctCategories;
    return query(tx, projectId);
  });
}
