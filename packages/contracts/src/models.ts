import Type, { type Static } from "typebox";
import { Id, JsonObject, Nullable, PageQuery, Timestamp } from "./common.ts";

/** PostgreSQL keeps no NUL in a text. */
const WITHOUT_NUL = "^[^\\u0000]*$";
const Name = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
});
const Prose = Type.String({ maxLength: 20_000, pattern: WITHOUT_NUL });
const Script = Type.String({ maxLength: 1_000_000, pattern: WITHOUT_NUL });
const Short = (maxLength: number) => Type.String({ maxLength, pattern: WITHOUT_NUL });

/** What old clients may send, and the algorithms. The old kinds train a random forest. */
export const ModelType = Type.Union([
  Type.Literal("classification"),
  Type.Literal("autoencoder"),
  Type.Literal("transformer"),
  Type.Literal("custom"),
  Type.Literal("random_forest"),
]);
export type ModelType = Static<typeof ModelType>;

/** Without commas: `?tags=` separates by them. */
const Tag = Type.String({ minLength: 1, maxLength: 100, pattern: "^[^,\\u0000]+$" });
const Tags = Type.Array(Tag, { maxItems: 100 });

export const UserModel = Type.Object({
  id: Id,
  project: Id,
  name: Type.String(),
  model_type: ModelType,
  description: Type.String(),
  hyperparameters: JsonObject,
  version: Type.String(),
  parent_model: Nullable(Id),
  version_notes: Type.String(),
  tags: Type.Array(Type.String()),
  category: Type.String(),
  author: Type.String(),
  custom_metadata: JsonObject,
  performance_metrics: JsonObject,
  python_script: Type.Optional(Type.String({ description: "Inert text kept for old clients; never run." })),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type UserModel = Static<typeof UserModel>;

const optionalFields = {
  description: Type.Optional(Prose),
  hyperparameters: Type.Optional(JsonObject),
  version_notes: Type.Optional(Prose),
  tags: Type.Optional(Tags),
  category: Type.Optional(Short(100)),
  author: Type.Optional(Short(255)),
  custom_metadata: Type.Optional(JsonObject),
  python_script: Type.Optional(Script),
};
export const CreateModel = Type.Object({
  project: Id,
  name: Name,
  model_type: Type.Optional(ModelType),
  ...optionalFields,
});
export type CreateModel = Static<typeof CreateModel>;
export const UpdateModel = Type.Object({
  name: Type.Optional(Name),
  model_type: Type.Optional(ModelType),
  ...optionalFields,
});
export type UpdateModel = Static<typeof UpdateModel>;

export const ModelListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    project_id: Type.Optional(Id),
    tags: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: WITHOUT_NUL,
        description: "Tags with commas between: models that have all.",
      }),
    ),
    category: Type.Optional(Short(100)),
    summary: Type.Optional(
      Type.String({ maxLength: 10, description: "true leaves scripts out and metadata empty." }),
    ),
  }),
]);

/** For renaming and for cloning, where it may be left out: "… (copy)". `new_name` is what old clients send. */
export const RenameModel = Type.Object({
  name: Type.Optional(Name),
  new_name: Type.Optional(Name),
});
export type RenameModel = Static<typeof RenameModel>;

export const CreateVersion = Type.Object({
  version_notes: Type.Optional(Prose),
  hyperparameters: Type.Optional(JsonObject),
  python_script: Type.Optional(Script),
});
export type CreateVersion = Static<typeof CreateVersion>;

export const GenerateName = Type.Object({
  project: Type.Optional(Id),
  project_id: Type.Optional(Id),
  model_type: Type.Optional(Short(100)),
});
export type GenerateName = Static<typeof GenerateName>;
export const GeneratedName = Type.Object({ name: Type.String() });

export const UpdateMetadata = Type.Object({
  tags: Type.Optional(Tags),
  category: Type.Optional(Short(100)),
  author: Type.Optional(Short(255)),
  description: Type.Optional(Prose),
  custom_metadata: Type.Optional(JsonObject),
});

/** Of one project, or of all that can be seen. */
export const DistinctQuery = Type.Object({ project_id: Type.Optional(Id) });
