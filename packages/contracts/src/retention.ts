import Type, { type Static } from "typebox";
import { Id, Nullable, Timestamp } from "./common.ts";

export const RetentionKind = Type.Union([
  Type.Literal("originals"),
  Type.Literal("predictions"),
  Type.Literal("deleted_projects"),
  Type.Literal("audit"),
]);
export type RetentionKind = Static<typeof RetentionKind>;

export const RetentionPolicy = Type.Object({
  kind: RetentionKind,
  keep_days: Type.Integer({ minimum: 1, maximum: 36_500, description: "Of deleted projects at least 30." }),
  recoverable_days: Type.Integer({
    minimum: 0,
    maximum: 365,
    description: "How long what is over its time can be brought back; of originals and predictions.",
  }),
});
export type RetentionPolicy = Static<typeof RetentionPolicy>;

export const LegalHold = Type.Object({
  id: Id,
  project: Nullable(Id),
  reason: Type.String(),
  placed_by: Id,
  placed_at: Timestamp,
  lifted_by: Nullable(Id),
  lifted_at: Nullable(Timestamp),
});
export type LegalHold = Static<typeof LegalHold>;

export const Retention = Type.Object({
  policies: Type.Array(RetentionPolicy, { description: "Without one a kind is kept for ever." }),
  holds: Type.Array(LegalHold, { description: "Those in force first." }),
});
export type Retention = Static<typeof Retention>;

/** All of an organisation's policies: a kind that is left out is kept for ever from now on. */
export const SetRetention = Type.Object({ policies: Type.Array(RetentionPolicy, { maxItems: 4 }) });
export type SetRetention = Static<typeof SetRetention>;

export const PlaceHold = Type.Object({
  project: Type.Optional(Nullable(Id)),
  reason: Type.String({ minLength: 1, maxLength: 2_000 }),
});
export type PlaceHold = Static<typeof PlaceHold>;

/** Every hold in force on a project, or with none named those on the whole organisation. */
export const LiftHolds = Type.Object({ project: Type.Optional(Nullable(Id)) });

/** What would go of one kind, if its policy were applied now. */
export const RetentionPreview = Type.Object({
  kind: RetentionKind,
  keep_days: Type.Integer(),
  count: Type.Integer(),
  bytes: Type.Integer(),
  oldest: Nullable(Timestamp),
  first: Type.Array(
    Type.Object({ project: Nullable(Id), id: Nullable(Id), name: Type.String(), since: Timestamp }),
    { description: "The ten oldest." },
  ),
  recoverable: Type.Object({ count: Type.Integer(), oldest: Nullable(Timestamp) }),
});
export type RetentionPreview = Static<typeof RetentionPreview>;

export const PreviewQuery = Type.Object({
  kind: Type.Optional(RetentionKind),
  keep_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_500 })),
});

export const RestoreExpired = Type.Object({
  kind: Type.Union([Type.Literal("originals"), Type.Literal("predictions")]),
});
export type RestoreExpired = Static<typeof RestoreExpired>;

export const Restored = Type.Object({ restored: Type.Integer() });
