import Type, { type Static } from "typebox";
import { Fraction, Id, Name, Nullable, PageQuery, Prose, RowIndex, Timestamp } from "./common.ts";

export const Colour = Type.String({ pattern: "^#[0-9a-fA-F]{6}$" });
const Hotkey = Type.String({ pattern: "^[0-9a-z]$" });

export const Category = Type.Object({
  id: Id,
  project: Id,
  name: Type.String(),
  description: Type.String(),
  color: Type.String(),
  parent: Nullable(Id),
  order: Type.Integer(),
  hotkey: Nullable(Type.String()),
  is_active: Type.Boolean(),
});
export type Category = Static<typeof Category>;

const categoryFields = {
  description: Type.Optional(Prose),
  color: Type.Optional(Colour),
  parent: Type.Optional(Nullable(Id)),
  order: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  hotkey: Type.Optional(Nullable(Hotkey)),
  is_active: Type.Optional(Type.Boolean()),
};
export const CreateCategory = Type.Object({ project: Id, name: Name, ...categoryFields });
export type CreateCategory = Static<typeof CreateCategory>;
export const UpdateCategory = Type.Object({ name: Type.Optional(Name), ...categoryFields });
export type UpdateCategory = Static<typeof UpdateCategory>;

export const CategoryListQuery = Type.Intersect([PageQuery, Type.Object({ project_id: Type.Optional(Id) })]);

/** A labelled interval: rows `start_index` to `end_index`, both inclusive, inside one track. */
export const Annotation = Type.Object({
  id: Id,
  dataset: Id,
  category: Id,
  start_index: RowIndex,
  end_index: RowIndex,
  confidence: Fraction,
  notes: Type.String(),
  created_by: Nullable(Id),
  prediction: Nullable(Type.Union([Id], { description: "The prediction this label was accepted from." })),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Annotation = Static<typeof Annotation>;

export const CreateAnnotation = Type.Object({
  dataset: Id,
  category: Id,
  start_index: RowIndex,
  end_index: RowIndex,
  confidence: Type.Optional(Fraction),
  notes: Type.Optional(Prose),
});
export type CreateAnnotation = Static<typeof CreateAnnotation>;

export const UpdateAnnotation = Type.Object({
  category: Type.Optional(Id),
  start_index: Type.Optional(RowIndex),
  end_index: Type.Optional(RowIndex),
  confidence: Type.Optional(Fraction),
  notes: Type.Optional(Prose),
});
export type UpdateAnnotation = Static<typeof UpdateAnnotation>;

/** Either a bare array or `{ "annotations": [...] }`: all are made or none. */
const MANY = { minItems: 1, maxItems: 10_000 };
export const BulkAnnotations = Type.Union([
  Type.Array(CreateAnnotation, MANY),
  Type.Object({ annotations: Type.Array(CreateAnnotation, MANY) }),
]);
export type BulkAnnotations = Static<typeof BulkAnnotations>;

export const AnnotationListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    dataset_id: Type.Optional(Id),
    category_id: Type.Optional(Id),
    start_index: Type.Optional(RowIndex),
    end_index: Type.Optional(RowIndex),
  }),
]);

/** One entry of the history of a dataset's labels. `before` is null for a creation, `after` for a deletion. */
export const AnnotationChange = Type.Object({
  id: Id,
  annotation: Id,
  dataset: Id,
  action: Type.Union([
    Type.Literal("create"),
    Type.Literal("update"),
    Type.Literal("delete"),
    Type.Literal("undo"),
    Type.Literal("restore"),
  ]),
  before: Nullable(Type.Unknown()),
  after: Nullable(Type.Unknown()),
  undoes: Nullable(Id),
  undone: Type.Boolean(),
  changed_by: Nullable(Id),
  changed_at: Timestamp,
});
export type AnnotationChange = Static<typeof AnnotationChange>;

export const HistoryQuery = Type.Intersect([
  PageQuery,
  Type.Object({ dataset_id: Id, annotation_id: Type.Optional(Id) }),
]);

export const LabelFormat = Type.Union([Type.Literal("csv"), Type.Literal("json")]);
export const ExportLabelsQuery = Type.Object({ dataset_id: Id, format: Type.Optional(LabelFormat) });

/** Labels as CSV text (`start_index,end_index,category[,confidence,notes]`) or as an array of the same fields. */
export const ImportLabels = Type.Object({
  dataset: Id,
  csv: Type.Optional(Type.String({ maxLength: 50_000_000 })),
  annotations: Type.Optional(
    Type.Array(
      Type.Object({
        start_index: RowIndex,
        end_index: RowIndex,
        category: Name,
        confidence: Type.Optional(Fraction),
        notes: Type.Optional(Prose),
      }),
      { maxItems: 1_000_000 },
    ),
  ),
  create_categories: Type.Optional(Type.Boolean({ default: false })),
});
export type ImportLabels = Static<typeof ImportLabels>;
