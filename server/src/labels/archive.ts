import { Colour, type Track } from "@magtrace/contracts";
import Type from "typebox";
import {
  type ArchiveContents,
  type ArchivedRow,
  type ArchivedTable,
  count,
  flag,
  id,
  json,
  orNull,
  person,
  type References,
  type RowFault,
  reference,
  text,
  time,
  value,
} from "../platform/archive/declaration.ts";
import { intervalFault } from "./annotations/intervalFault.ts";

const Confidence = Type.Number({ minimum: 0, maximum: 1 });
const Index = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const RowNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** What the history keeps of a label: see `stateOf` in annotationQueries.ts. */
const State = Type.Object(
  {
    category: RowNumber,
    start_index: Index,
    end_index: Index,
    confidence: Confidence,
    notes: Type.String({ maxLength: 20_000 }),
    prediction: Type.Union([RowNumber, Type.Null()]),
  },
  { additionalProperties: false },
);

function translateState(state: unknown, references: References): unknown {
  const { category, prediction, ...rest } = state as { category: number; prediction: number | null };
  return {
    ...rest,
    category: references.id("label_categories", category),
    prediction: prediction === null ? null : references.id("predictions", prediction),
  };
}

export const labelTables: readonly ArchivedTable[] = [
  {
    name: "label_categories",
    keep: ["parent_id"],
    columns: {
      id,
      name: value("text", Type.String({ minLength: 1, maxLength: 1000 })),
      description: text(20_000),
      color: value("text", Colour),
      parent_id: orNull(reference("label_categories", "firm")),
      sort_order: value("integer", Type.Integer({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 })),
      hotkey: orNull(value("text", Type.String({ pattern: "^[0-9a-z]$" }))),
      is_active: flag,
      created_at: time,
      updated_at: time,
    },
    checkAll: circleFault,
  },
  {
    name: "annotations",
    columns: {
      id,
      dataset_id: reference("datasets", "firm"),
      category_id: reference("label_categories", "firm"),
      start_index: count("bigint"),
      end_index: count("bigint"),
      confidence: value("double precision", Confidence),
      notes: text(20_000),
      prediction_id: orNull(reference("predictions", "loose")),
      created_by: person,
      created_at: time,
      updated_at: time,
      deleted_at: orNull(time),
    },
    check: annotationFault,
  },
  {
    name: "annotation_changes",
    columns: {
      id,
      dataset_id: reference("datasets", "firm"),
      annotation_id: reference("annotations", "loose"),
      batch: value("uuid", Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" })),
      action: value(
        "text",
        Type.Union(["create", "update", "delete", "undo", "restore"].map((action) => Type.Literal(action))),
      ),
      before: orNull(json(State, translateState)),
      after: orNull(json(State, translateState)),
      undoes: orNull(reference("annotation_changes", "earlier")),
      root: orNull(reference("annotation_changes", "earlier")),
      depth: count("integer"),
      undone: flag,
      newest: orNull(reference("annotation_changes", "firm")),
      changed_by: person,
      changed_at: time,
    },
    check: changeFault,
  },
];

function annotationFault(row: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const interval = { start_index: row.start_index as number, end_index: row.end_index as number };
  const dataset = contents.row("datasets", row.dataset_id as number);
  const fault = intervalFault(
    {
      totalRecords: (dataset?.total_records as number | undefined) ?? 0,
      tracks: (dataset?.tracks as Track[] | undefined) ?? [],
    },
    interval,
  );
  return fault && { column: fault.field, expected: `rows of one track of the dataset. ${fault.reason}` };
}

function changeFault({ action, undoes, root, depth, before, after }: ArchivedRow): RowFault | null {
  const isUndo = action === "undo";
  if (isUndo !== (undoes !== null) || isUndo !== (root !== null) || isUndo !== (depth !== 0)) {
    return { column: "undoes", expected: "undoes, root and depth in an undo, and nowhere else" };
  }
  for (const [column, state] of Object.entries({ before, after })) {
    const { start_index = 0, end_index = 0 } = (state ?? {}) as { start_index?: number; end_index?: number };
    if (end_index < start_index) return { column, expected: "end_index not before start_index" };
  }
  return null;
}

/** Whoever draws the hierarchy must come to an end. */
function circleFault(rows: number, contents: ArchiveContents): string | null {
  const parentOf = (category: number) =>
    contents.row("label_categories", category)?.parent_id as number | null;
  const ends = new Set<number>();
  for (let category = 1; category <= rows; category++) {
    const path = new Set<number>();
    for (let at: number | null = category; at !== null && !ends.has(at); at = parentOf(at)) {
      if (path.has(at)) return `categories that are not below themselves, as category ${at} is`;
      path.add(at);
    }
    for (const passed of path) ends.add(passed);
  }
  return null;
}
