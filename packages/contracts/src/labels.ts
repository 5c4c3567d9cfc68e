import Type, { type Static, type TSchema } from "typebox";
import { Formulas, Fraction, Id, Nullable, PageQuery, RowIndex, Timestamp } from "./common.ts";

export const Colour = Type.String({ pattern: "^#[0-9a-fA-F]{6}$" });
const Hotkey = Type.String({ pattern: "^[0-9a-z]$" });

/** PostgreSQL keeps no NUL in a text. */
const WITHOUT_NUL = "^[^\\u0000]*$";
const CategoryName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
});
const Notes = Type.String({ maxLength: 20_000, pattern: WITHOUT_NUL });

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
  description: Type.Optional(Notes),
  color: Type.Optional(Colour),
  parent: Type.Optional(Nullable(Id)),
  order: Type.Optional(Type.Integer({ minimum: 0, maximum: 100_000 })),
  hotkey: Type.Optional(Nullable(Hotkey)),
  is_active: Type.Optional(Type.Boolean()),
};
export const CreateCategory = Type.Object({ project: Id, name: CategoryName, ...categoryFields });
export type CreateCategory = Static<typeof CreateCategory>;
export const UpdateCategory = Type.Object({ name: Type.Optional(CategoryName), ...categoryFields });
export type UpdateCategory = Static<typeof UpdateCategory>;

/** Gives every label of one category to another of the same project. */
export const MoveLabels = Type.Object({ to: Id });
export type MoveLabels = Static<typeof MoveLabels>;
export const MovedLabels = Type.Object({ moved: Type.Integer({ minimum: 0 }) });
export type MovedLabels = Static<typeof MovedLabels>;

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
  notes: Type.Optional(Notes),
});
export type CreateAnnotation = Static<typeof CreateAnnotation>;

export const UpdateAnnotation = Type.Object({
  category: Type.Optional(Id),
  start_index: Type.Optional(RowIndex),
  end_index: Type.Optional(RowIndex),
  confidence: Type.Optional(Fraction),
  notes: Type.Optional(Notes),
});
export type UpdateAnnotation = Static<typeof UpdateAnnotation>;

export const MOST_LABELS_AT_ONCE = 10_000;
const MANY = { minItems: 1, maxItems: MOST_LABELS_AT_ONCE };

/**
 * A body that is a bare array or an object that holds it. Written with `if`, because of a plain union a validator can
 * only say that neither fits, and not which label is wrong.
 */
function arrayOrObject<Bare extends TSchema, Wrapped extends TSchema>(bare: Bare, wrapped: Wrapped) {
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; nobody awaits a schema.
  return Type.Unsafe<Static<Bare> | Static<Wrapped>>({ if: { type: "array" }, then: bare, else: wrapped });
}

/** Either a bare array or `{ "annotations": [...] }`: all are made or none. */
export const BulkAnnotations = arrayOrObject(
  Type.Array(CreateAnnotation, MANY),
  Type.Object({ annotations: Type.Array(CreateAnnotation, MANY) }),
);
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

/** A label as the history keeps it. */
export const AnnotationState = Type.Object({
  category: Id,
  start_index: RowIndex,
  end_index: RowIndex,
  confidence: Fraction,
  notes: Type.String(),
  prediction: Nullable(Id),
});
export type AnnotationState = Static<typeof AnnotationState>;

/**
 * One entry of the history of a dataset's labels. `before` is null for a creation, `after` for a deletion. Changes of
 * one request share a `batch`. An undo is an entry with `undoes`; undoing that one is a redo.
 */
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
  before: Nullable(AnnotationState),
  after: Nullable(AnnotationState),
  batch: Type.String(),
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

/** The asker's own last change of a dataset's labels. */
export const UndoRequest = Type.Object({ dataset: Id });
export type UndoRequest = Static<typeof UndoRequest>;

/** How many labels an undo or redo changed, and its first entries in the history. */
export const UndoResult = Type.Object({
  batch: Type.String(),
  undone: Type.Integer({ minimum: 1 }),
  changes: Type.Array(AnnotationChange, { maxItems: 100 }),
});
export type UndoResult = Static<typeof UndoResult>;

export const LabelFormat = Type.Union([Type.Literal("csv"), Type.Literal("json")]);
export const ExportLabelsQuery = Type.Object({
  dataset_id: Id,
  format: Type.Optional(LabelFormat),
  formulas: Type.Optional(Formulas),
});

/** More would keep other users waiting. */
export const MOST_LABELS_IMPORTED = 100_000;

/** Labels as CSV text (`start_index,end_index,category[,confidence,notes]`) or as an array of the same fields. */
export const ImportLabels = Type.Object({
  dataset: Id,
  csv: Type.Optional(Type.String({ maxLength: 16 * 1024 * 1024 })),
  annotations: Type.Optional(
    Type.Array(
      Type.Object({
        start_index: RowIndex,
        end_index: RowIndex,
        category: CategoryName,
        confidence: Type.Optional(Fraction),
        notes: Type.Optional(Notes),
      }),
      { maxItems: MOST_LABELS_IMPORTED },
    ),
  ),
  create_categories: Type.Optional(Type.Boolean({ default: false })),
});
export type ImportLabels = Static<typeof ImportLabels>;

export const ImportedLabels = Type.Object({
  imported: Type.Integer({ minimum: 0 }),
  categories_created: Type.Array(Type.String()),
  batch: Type.String(),
});
export type ImportedLabels = Static<typeof ImportedLabels>;

/** The oldest interface: an annotation whose category goes by a key made of its name, `fan_noise` for "Fan noise". */
export const OldLabel = Type.Object({
  id: Id,
  dataset: Id,
  start_index: RowIndex,
  end_index: RowIndex,
  label_type: Type.String(),
  category: Id,
  confidence: Fraction,
  notes: Type.String(),
  created_by: Nullable(Id),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type OldLabel = Static<typeof OldLabel>;

const oldLabelFields = {
  start_index: RowIndex,
  end_index: RowIndex,
  label_type: CategoryName,
  confidence: Type.Optional(Fraction),
  notes: Type.Optional(Notes),
};
export const CreateOldLabel = Type.Object({ dataset: Id, ...oldLabelFields });
export type CreateOldLabel = Static<typeof CreateOldLabel>;
export const UpdateOldLabel = Type.Partial(Type.Object(oldLabelFields));
export type UpdateOldLabel = Static<typeof UpdateOldLabel>;

/** A bare array, or `{ "labels": [...] }`; `dataset` beside it stands for all that name none. */
export const BulkOldLabels = arrayOrObject(
  Type.Array(CreateOldLabel, MANY),
  Type.Object({
    dataset: Type.Optional(Id),
    labels: Type.Array(Type.Object({ dataset: Type.Optional(Id), ...oldLabelFields }), MANY),
  }),
);
export type BulkOldLabels = Static<typeof BulkOldLabels>;

export const OldLabelListQuery = Type.Intersect([
  PageQuery,
  Type.Object({ dataset_id: Type.Optional(Id), dataset: Type.Optional(Id) }),
]);
