import { Nullable } from "@magtrace/contracts";
import Type from "typebox";
import {
  type ArchiveContents,
  type ArchivedRow,
  type ArchivedTable,
  count,
  id,
  json,
  omitted,
  orNull,
  person,
  type References,
  type RowFault,
  reference,
  text,
  time,
  value,
} from "../platform/archive/declaration.ts";

const Fraction = Type.Number({ minimum: 0, maximum: 1 });
const Index = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Interval = { start_index: Index, end_index: Index };
const oneOf = (...choices: string[]) => Type.Union(choices.map((choice) => Type.Literal(choice)));
const review = value("text", oneOf("pending", "accepted", "rejected", "modified"));

const UncertainWindow = Type.Object({
  ...Interval,
  category: Type.String(),
  confidence: Fraction,
  margin: Type.Number(),
});

/** Decisions name categories; what old clients sent is kept as it is. */
function translateModifications(modifications: unknown, references: References): unknown {
  if (!Array.isArray(modifications)) return modifications;
  return modifications.map((decision: unknown) => {
    const category = (decision as { category?: unknown } | null)?.category;
    if (typeof category !== "number") return decision;
    return { ...(decision as object), category: references.id("label_categories", category) };
  });
}

export const predictionTables: readonly ArchivedTable[] = [
  {
    name: "predictions",
    where: "status IN ('completed', 'failed', 'cancelled')",
    pageRows: 20,
    keep: ["dataset_id"],
    columns: {
      id,
      dataset_id: reference("datasets", "firm"),
      model_id: reference("models", "firm"),
      session_id: reference("training_sessions", "firm"),
      status: value("text", oneOf("completed", "failed", "cancelled")),
      progress: value("real", Type.Number({ minimum: 0, maximum: 100 })),
      given_intervals: orNull(json(Type.Array(Type.Object(Interval)))),
      suggestions_wanted: orNull(count("integer")),
      uncertain_windows: json(Type.Array(UncertainWindow)),
      warnings: value("text[]", Type.Array(Type.String({ maxLength: 20_000 }))),
      review_status: review,
      reviewed_by: person,
      reviewed_at: orNull(time),
      modifications: orNull(json(Type.Unknown(), translateModifications)),
      error_message: orNull(text(20_000)),
      created_by: person,
      created_at: time,
      completed_at: orNull(time),
      expired_at: omitted("what is over its time is not in a file"),
    },
    check: predictionFault,
  },
  {
    name: "predicted_intervals",
    where: "prediction_id IN (SELECT id FROM predictions)",
    key: ["prediction_id", "number"],
    columns: {
      prediction_id: reference("predictions", "firm"),
      number: count("integer"),
      start_index: count("bigint"),
      end_index: count("bigint"),
      category: value("text", Nullable(Type.String({ maxLength: 1000 }))),
      category_id: orNull(reference("label_categories", "loose")),
      confidence: value("double precision", Fraction),
      review,
      annotation_id: orNull(reference("annotations", "loose")),
    },
    check: intervalFault,
  },
  {
    name: "suggestions",
    columns: {
      id,
      prediction_id: reference("predictions", "firm"),
      start_index: count("bigint"),
      end_index: count("bigint"),
      category: text(1000),
      category_id: orNull(reference("label_categories", "loose")),
      confidence: value("double precision", Fraction),
      status: value("text", oneOf("pending", "accepted", "rejected")),
      annotation_id: orNull(reference("annotations", "loose")),
      created_at: time,
      expired_at: omitted("what is over its time is not in a file"),
    },
    check: intervalFault,
  },
];

function predictionFault(row: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const session = contents.row("training_sessions", row.session_id as number);
  const lineage = session?.lineage as { readonly algorithm: string } | undefined;
  const hasPredicted = session?.status === "completed" || lineage?.algorithm === "legacy";
  if (!hasPredicted || session?.model_id !== row.model_id) {
    return { column: "session_id", expected: "a completed session of the prediction's model" };
  }
  const windows = [row.given_intervals ?? [], row.uncertain_windows].flat() as RowRange[];
  const wrong = windows.find((window) => !isWithin(window, row.dataset_id as number, contents));
  return wrong ? { column: "uncertain_windows", expected: "intervals within the dataset's rows" } : null;
}

interface RowRange {
  readonly start_index: number;
  readonly end_index: number;
}

function isWithin(
  { start_index, end_index }: RowRange,
  datasetId: number,
  contents: ArchiveContents,
): boolean {
  const rows = (contents.row("datasets", datasetId)?.total_records as number | undefined) ?? 0;
  return start_index <= end_index && end_index < rows;
}

function intervalFault(row: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const datasetId = contents.row("predictions", row.prediction_id as number)?.dataset_id as number;
  if (isWithin(row as unknown as RowRange, datasetId, contents)) return null;
  return { column: "end_index", expected: "an interval within the dataset's rows" };
}
