import { createPastSession, type PastTraining, writeEmptyLabels } from "../training/pastSession.ts";
import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import { type BroughtDataset, isThere } from "./bringDatasets.ts";
import type { BroughtModel } from "./bringModels.ts";
import { type Cells, isObject } from "./cells.ts";
import type { LegacyKind } from "./legacyIdQueries.ts";
import { tables } from "./tables.ts";

const MOST_COUNT = 2 ** 31 - 1;
const MOST_LINE = 20_000;

export interface BroughtSession {
  readonly id: number;
  readonly modelId: number;
}

export interface SessionPlaces {
  readonly models: ReadonlyMap<number, BroughtModel>;
  readonly datasets: ReadonlyMap<number, BroughtDataset>;
}

/** Sessions of some models, as history: what they trained is left where it is. */
export async function bringSessions(
  bringing: Bringing,
  places: SessionPlaces,
): Promise<Map<number, BroughtSession>> {
  const { ledger, report } = bringing;
  const brought = new Map<number, BroughtSession>();
  for (const model of places.models.values()) {
    for (const { cells } of rowsOf(bringing, tables.session, "model_id = ?", [model.legacyId])) {
      const [known] = ledger.find("session", cells.key) ?? [];
      if (known !== undefined) {
        report.known(cells.table);
        brought.set(cells.id, { id: known, modelId: model.id });
        continue;
      }
      const past = pastOf(bringing, cells, { ...places, model, brought });
      if (typeof past === "string") {
        report.refused(cells.table, cells.id, past);
        continue;
      }
      const id = await orRefused(bringing, cells, () =>
        writeSession(bringing, { kind: "session", key: cells.key }, model, past),
      );
      if (id === undefined) continue;
      report.mapped(cells.table, cells.id, [id]);
      refuseModelFile(bringing, cells);
      brought.set(cells.id, { id, modelId: model.id });
    }
  }
  return brought;
}

export interface StandIn {
  readonly model: BroughtModel;
  readonly dataset: BroughtDataset;
  readonly kind: "session_of_model" | "session_of_old_model";
  readonly at: string;
  /** JSON. */
  readonly metrics?: string;
}

/** A session that stands for one that the old program kept no row of, so that what a model found has a place. */
export async function standInSession(
  bringing: Bringing,
  { model, dataset, kind, at, metrics = "{}" }: StandIn,
): Promise<BroughtSession> {
  const { key } = model;
  const [known] = bringing.ledger.find(kind, key) ?? [];
  const past: PastTraining = {
    modelId: model.id,
    datasetId: dataset.id,
    additionalDatasetIds: [],
    continuedFrom: null,
    status: "completed",
    progress: 100,
    currentEpoch: 0,
    totalEpochs: 0,
    trainingMetrics: "{}",
    validationMetrics: "{}",
    finalMetrics: metrics,
    liveMetrics: "{}",
    errorMessage: null,
    startedAt: null,
    completedAt: at,
    createdAt: at,
    logs: [{ at, message: "The old MagTrace kept no session of this training. This one stands for it." }],
  };
  const id = known ?? (await writeSession(bringing, { kind, key }, model, past));
  return { id, modelId: model.id };
}

async function writeSession(
  { ledger, deps, actor, organizationId }: Bringing,
  ref: { kind: LegacyKind; key: string },
  model: BroughtModel,
  past: PastTraining,
): Promise<number> {
  const labels = ledger.isDry ? { key: "", sha256: "" } : await writeEmptyLabels(deps, organizationId);
  return ledger.make(
    ref,
    model.projectId,
    async (tx) => (await createPastSession(tx, actor, past, labels)).id,
  );
}

/** @returns why it is refused, where it is. */
function pastOf(
  { database }: Bringing,
  cells: Cells,
  {
    model,
    datasets,
    brought,
  }: SessionPlaces & { model: BroughtModel; brought: ReadonlyMap<number, BroughtSession> },
): PastTraining | string {
  const legacyDataset = cells.integer("dataset_id");
  const dataset = datasets.get(legacyDataset ?? -1);
  if (!dataset) return `Its dataset ${legacyDataset ?? "(none)"} was not brought, or is in another project.`;
  const further = [...database.rows(tables.sessionDatasets, "trainingsession_id = ?", [cells.id])].map(
    ({ dataset_id }) => Number(dataset_id),
  );
  const additional = further.flatMap((id) => datasets.get(id)?.id ?? []);
  if (additional.length < further.length) {
    cells.changed(`additional_datasets: ${additional.length} of ${further.length} were brought`);
  }
  const base = cells.integer("base_training_session_id");
  const createdAt = cells.time("created_at") ?? new Date().toISOString();
  return {
    modelId: model.id,
    datasetId: dataset.id,
    additionalDatasetIds: additional,
    continuedFrom: base === null ? null : (brought.get(base)?.id ?? null),
    ...stateOf(cells),
    currentEpoch: countOf(cells, "current_epoch"),
    totalEpochs: countOf(cells, "total_epochs"),
    trainingMetrics: JSON.stringify(cells.object("training_metrics")),
    validationMetrics: JSON.stringify(cells.object("validation_metrics")),
    finalMetrics: JSON.stringify(cells.object("final_metrics")),
    liveMetrics: JSON.stringify(cells.object("live_metrics")),
    startedAt: cells.time("started_at"),
    completedAt: cells.time("completed_at"),
    createdAt,
    logs: logsOf(cells, createdAt),
  };
}

/** What was under way goes on nowhere. */
function stateOf(cells: Cells): Pick<PastTraining, "status" | "progress" | "errorMessage"> {
  const given = cells.text("status", 20);
  const message = cells.text("error_message", 20_000);
  const progress = Math.min(Math.max(cells.number("progress") ?? 0, 0), 100);
  if (given === "completed" || given === "failed" || given === "cancelled") {
    return { status: given, progress, errorMessage: message === "" ? null : message };
  }
  cells.changed(`status: cancelled instead of ${given || "none"}`);
  const why = `It was ${given || "in no state"} when it was brought from the old MagTrace.`;
  return { status: "cancelled", progress, errorMessage: message === "" ? why : message };
}

function countOf(cells: Cells, column: string): number {
  return Math.min(Math.max(cells.integer(column) ?? 0, 0), MOST_COUNT);
}

function logsOf(cells: Cells, createdAt: string): PastTraining["logs"] {
  const given = cells.json("training_logs");
  if (!Array.isArray(given)) return [];
  return given.map((line: unknown) => {
    const { timestamp, message, is_error } = isObject(line) ? line : { message: line };
    const text = typeof message === "string" ? message : JSON.stringify(message ?? line);
    return {
      at: isoTime(timestamp) ?? createdAt,
      message: `${is_error === true ? "Error: " : ""}${text}`.slice(0, MOST_LINE),
    };
  });
}

/** Python writes the log's times without a zone, of the machine it ran on; they are taken as UTC. */
function isoTime(given: unknown): string | null {
  if (typeof given !== "string") return null;
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(given);
  const at = new Date(hasZone ? given : `${given}Z`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

/** Trained models of the old program are pickled Python: opening one runs what is in it. */
export function refuseModelFile({ report, mediaDir }: Bringing, cells: Cells): void {
  const file = cells.text("model_file", 1000);
  if (file !== "") report.refusedFile(cells.table, cells.id, file, isThere(mediaDir, file));
}
