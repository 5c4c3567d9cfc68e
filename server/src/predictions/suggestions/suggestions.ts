import type { CreateSuggestions, Suggestion } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, requireAllowed } from "../../access/policy.ts";
import { requireDataset, requireReadable } from "../../datasets/service.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { createLabelsFromPrediction } from "../../labels/service.ts";
import { requireModel } from "../../models/service.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { publishEvent } from "../../platform/events/events.ts";
import { type CategoryFinder, categoryFinder } from "../making/categoryFinder.ts";
import { enqueuePrediction, requireSameProject, trainedSession } from "../making/createPrediction.ts";
import { newestSearch, type StoredPrediction } from "../queries.ts";
import { pickSuggestions } from "./pickSuggestions.ts";
import * as queries from "./suggestionQueries.ts";

const DEFAULT_COUNT = 20;

export async function listSuggestions(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & queries.SuggestionFilter,
): Promise<Page<Suggestion>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.dataset_id !== undefined) await requireDataset(tx, actor, query.dataset_id, "prediction.read");
    if (query.model_id !== undefined) await requireModel(tx, actor, query.model_id, "prediction.read");
    const { rows, total } = await queries.listSuggestions(tx, query);
    return { rows: await wiresOf(tx, rows), total };
  });
}

async function wiresOf(
  tx: Transaction,
  suggestions: readonly queries.StoredSuggestion[],
): Promise<Suggestion[]> {
  const finders = new Map<number, CategoryFinder>();
  for (const projectId of new Set(suggestions.map((suggestion) => suggestion.projectId))) {
    finders.set(projectId, await categoryFinder(tx, projectId));
  }
  return suggestions.map(({ wire, projectId }) => ({
    ...wire,
    category_id: finders.get(projectId)!.find({ category: wire.category, categoryId: wire.category_id }),
  }));
}

/**
 * Offers the rows of a dataset that a model is least certain of. They take the place of those still waiting.
 *
 * @returns null while the dataset is being searched: the suggestions come when that is done.
 */
export async function createSuggestions(
  deps: Deps,
  actor: Actor,
  { dataset: datasetId, model, count = DEFAULT_COUNT }: CreateSuggestions,
): Promise<Suggestion[] | null> {
  return inTransaction(deps.db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, datasetId, "prediction.run");
    requireReadable(dataset);
    const session = await trainedSession(tx, actor, model);
    requireSameProject(dataset, session);
    const search = await newestSearch(tx, datasetId, session.id);
    if (search?.status === "completed") return wiresOf(tx, await makeSuggestions(tx, search, count));
    if (search) await queries.wantSuggestions(tx, search.id, count);
    else {
      const { projectId, organizationId } = session;
      await enqueuePrediction(deps, tx, {
        projectId,
        organizationId,
        datasetId,
        modelId: model,
        sessionId: session.id,
        givenIntervals: null,
        suggestionsWanted: count,
        createdBy: actor.userId,
      });
    }
    return null;
  });
}

/** Of a completed search: rows that nobody has labelled or decided on. */
export async function makeSuggestions(
  tx: Transaction,
  prediction: StoredPrediction,
  count: number,
): Promise<queries.StoredSuggestion[]> {
  const { datasetId, modelId, projectId } = prediction;
  const windows = await queries.freeWindows(tx, prediction);
  const categories = await categoryFinder(tx, projectId);
  const picked = pickSuggestions(windows, count).map((window) => ({
    ...window,
    categoryId: categories.find({ category: window.category, categoryId: null }),
  }));
  await queries.dropPending(tx, datasetId, modelId);
  const made = await queries.insertSuggestions(tx, prediction, picked);
  await publishEvent(tx, {
    kind: "suggestions",
    project: projectId,
    id: datasetId,
    state: { model: modelId, prediction: prediction.id, count: made.length },
  });
  return made;
}

/** Accepting makes a label of it that names its prediction. */
export async function decideSuggestion(
  { db }: Deps,
  actor: Actor,
  id: number,
  status: "accepted" | "rejected",
): Promise<Suggestion> {
  return inTransaction(db, actor.database, async (tx) => {
    requireAllowed(actor, "prediction.review", await queries.findSuggestion(tx, id), "suggestion");
    const suggestion = await queries.findSuggestion(tx, id, "forUpdate");
    if (!suggestion) throw notFound("suggestion");
    const [wire] = await wiresOf(tx, [suggestion]);
    if (wire!.status !== "pending") {
      throw new AppError("conflict", `This suggestion has been decided already: it is ${wire!.status}.`, {
        details: { status: wire!.status },
      });
    }
    const annotation =
      status === "accepted" ? await labelOf(tx, suggestion, { wire: wire!, userId: actor.userId }) : null;
    await queries.decideSuggestion(tx, id, { status, annotation });
    return { ...wire!, status, annotation };
  });
}

async function labelOf(
  tx: Transaction,
  { projectId, organizationId }: queries.StoredSuggestion,
  { wire, userId }: { wire: Suggestion; userId: number },
): Promise<number> {
  const rows = { startIndex: wire.start_index, endIndex: wire.end_index, confidence: wire.confidence };
  const [id] = await createLabelsFromPrediction(tx, {
    projectRef: { projectId, organizationId },
    datasetId: wire.dataset,
    predictionId: wire.prediction,
    userId,
    labels: [
      wire.category_id === null
        ? { ...rows, categoryName: wire.category }
        : { ...rows, categoryId: wire.category_id },
    ],
  });
  return id!;
}
