import { JsonObject } from "@magtrace/contracts";
import { decodeModel } from "@magtrace/learn";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import {
  type ArchiveContents,
  type ArchivedRow,
  type ArchivedTable,
  count,
  id,
  json,
  object,
  omitted,
  orNull,
  person,
  type References,
  type RowFault,
  reference,
  references,
  text,
  time,
  value,
} from "../platform/archive/declaration.ts";
import { encodeLabels, type LabelledDataset } from "./starting/labelSnapshot.ts";

const RowNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
const Index = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

const Lineage = Type.Object({
  algorithm: Type.String(),
  datasets: Type.Array(
    Type.Object({
      id: RowNumber,
      sha256: Type.Union([Sha256, Type.Null()]),
      object_prefix: Type.Union([Type.String(), Type.Null()]),
      total_records: Index,
    }),
    { minItems: 1 },
  ),
  field: Type.Optional(Type.Literal("scalar")),
  labels_sha256: Sha256,
  labels_count: Index,
  categories: Type.Record(Type.String(), RowNumber),
  hyperparameters: JsonObject,
  seed: Type.Number(),
  program_version: Type.String(),
  node_version: Type.String(),
  model_sha256: Type.Optional(Sha256),
});
type Lineage = Static<typeof Lineage>;

function translateLineage(value: unknown, to: References): unknown {
  const lineage = value as Lineage;
  const datasets = lineage.datasets.map((dataset) => ({
    ...dataset,
    id: to.id("datasets", dataset.id),
    object_prefix: to.place(dataset.object_prefix) ?? "",
  }));
  const categories = Object.fromEntries(
    Object.entries(lineage.categories).map(([name, category]) => [name, to.id("label_categories", category)]),
  );
  return { ...lineage, datasets, categories };
}

const Labels = Type.Object({
  version: Type.Literal(1),
  datasets: Type.Array(
    Type.Object({
      dataset: RowNumber,
      labels: Type.Array(
        Type.Object({
          id: RowNumber,
          category: Type.String(),
          category_id: RowNumber,
          start_index: Index,
          end_index: Index,
          confidence: Type.Number({ minimum: 0, maximum: 1 }),
        }),
      ),
    }),
  ),
});

/** The frozen labels name datasets, labels and categories, some of which may be gone. */
function translateLabels(bytes: Uint8Array, to: References): Uint8Array {
  const document: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  if (!Check(Labels, document)) throw new RangeError("these are no frozen labels");
  const datasets = document.datasets.map(
    ({ dataset, labels }): LabelledDataset => ({
      dataset: to.id("datasets", dataset),
      labels: labels.map((label) => ({
        ...label,
        id: to.id("annotations", label.id),
        category_id: to.id("label_categories", label.category_id),
      })),
    }),
  );
  return encodeLabels(datasets).bytes;
}

function noteLabels(row: ArchivedRow, sha256: string): ArchivedRow {
  return { ...row, lineage: { ...(row.lineage as Lineage), labels_sha256: sha256 } };
}

function modelFault(bytes: Uint8Array): string | null {
  try {
    decodeModel(bytes);
    return null;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return error.message;
  }
}

const ENDED = ["completed", "failed", "cancelled"];

const HAS_ENDED = "status IN ('completed', 'failed', 'cancelled')";

export const trainingTables: readonly ArchivedTable[] = [
  {
    name: "training_sessions",
    where: HAS_ENDED,
    pageRows: 50,
    keep: ["status", "model_id", "lineage"],
    columns: {
      id,
      model_id: reference("models", "firm"),
      dataset_id: reference("datasets", "firm"),
      additional_dataset_ids: references("datasets"),
      continued_from: orNull(reference("training_sessions", "loose")),
      status: value("text", Type.Union(ENDED.map((status) => Type.Literal(status)))),
      cancel_requested: value("boolean", Type.Boolean()),
      progress: value("real", Type.Number({ minimum: 0, maximum: 100 })),
      current_epoch: count("integer"),
      total_epochs: count("integer"),
      hyperparameters: json(JsonObject),
      lineage: json(Lineage, translateLineage),
      labels_key: object({
        folder: "labels",
        content: { kind: "document", translate: translateLabels, note: noteLabels },
        newPlace: (_, unique) => `labels/${unique}`,
      }),
      checkpoint_key: omitted("a session that has ended has no checkpoint"),
      model_key: orNull(
        object({
          folder: "models",
          content: { kind: "blob", fault: modelFault },
          newPlace: (row) => `models/${row.id}/${(row.lineage as Lineage).model_sha256}`,
        }),
      ),
      training_metrics: json(JsonObject),
      validation_metrics: json(JsonObject),
      final_metrics: json(JsonObject),
      live_metrics: json(JsonObject),
      error_message: orNull(text(20_000)),
      created_by: person,
      started_at: orNull(time),
      completed_at: orNull(time),
      created_at: time,
    },
    check: sessionFault,
  },
  {
    name: "training_logs",
    where: `session_id IN (SELECT id FROM training_sessions WHERE ${HAS_ENDED})`,
    orderBy: "session_id, number",
    columns: {
      session_id: reference("training_sessions", "firm"),
      number: omitted("the order of lines says it"),
      logged_at: time,
      message: text(20_000),
    },
  },
];

function sessionFault(row: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const { labels_sha256, model_sha256 } = row.lineage as Lineage;
  if (contents.object(row.labels_key as string)?.sha256 !== labels_sha256) {
    return { column: "lineage", expected: "labels_sha256 of the frozen labels in this file" };
  }
  if (row.continued_from !== null && (row.continued_from as number) >= (row.id as number)) {
    return { column: "continued_from", expected: "an earlier session, neither itself nor a later one" };
  }
  const hasModel = row.status === "completed" && (row.lineage as Lineage).algorithm !== "legacy";
  if (hasModel !== (row.model_key !== null)) {
    return {
      column: "model_key",
      expected: "a model where the session is completed and was not run by an old MagTrace, and only there",
    };
  }
  if (row.model_key !== null && contents.object(row.model_key as string)?.sha256 !== model_sha256) {
    return { column: "lineage", expected: "model_sha256 of the model in this file" };
  }
  return null;
}
