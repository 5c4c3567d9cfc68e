import Type, { type Static } from "typebox";
import { Formulas, Id, Nullable, PageQuery, Timestamp } from "./common.ts";

const Moment = Type.Optional(Type.String({ format: "date-time", maxLength: 40 }));
const Word = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }));

const filters = {
  organization_id: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        "0: what concerns the installation and no organisation. Left out: one's only organisation.",
    }),
  ),
  project_id: Type.Optional(Id),
  user_id: Type.Optional(Id),
  action: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: "As in entries, or its beginning: `dataset`." }),
  ),
  kind: Type.Optional(
    Type.Union([Type.Literal("change"), Type.Literal("reading")], {
      description: "Only the one, or the other.",
    }),
  ),
  subject: Word,
  request_id: Word,
  since: Moment,
  until: Moment,
};

export const AuditQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    ...filters,
    before: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description:
          "Only entries before this position: how `Link: rel=next` goes on, at the same cost on any page.",
      }),
    ),
  }),
]);
export type AuditQuery = Static<typeof AuditQuery>;

export const AuditExportQuery = Type.Object({
  ...filters,
  format: Type.Optional(
    Type.Union([Type.Literal("csv"), Type.Literal("jsonl"), Type.Literal("proofs")], {
      default: "csv",
      description:
        "`proofs`: JSON lines, first the head of the tree over the whole chain, then each entry with its proof of inclusion.",
    }),
  ),
  since_size: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description:
        "With `proofs`: also prove that the tree of this size, noted earlier, is the beginning of this one.",
    }),
  ),
  formulas: Type.Optional(Formulas),
});
export type AuditExportQuery = Static<typeof AuditExportQuery>;

/** One thing that was read or changed. */
export const AuditEntry = Type.Object({
  position: Type.Integer({ description: "In the organisation's chain, from 1, without holes." }),
  organization: Type.Integer(),
  project: Nullable(Id),
  at: Timestamp,
  action: Type.String({ description: "`dataset.read`, `annotation.update` …" }),
  subject: Nullable(Type.String({ description: "What it was done to: `dataset 12`." })),
  count: Type.Integer({ description: "How many rows a change touched, or how often a read was repeated." }),
  user: Nullable(Id),
  user_name: Nullable(Type.String()),
  credential: Nullable(
    Type.String({ description: "`session 3`, `token 7` or `job …`; null for the system." }),
  ),
  ip: Nullable(Type.String()),
  request_id: Nullable(Type.String()),
  route: Nullable(Type.String()),
  before: Type.Unknown(),
  after: Type.Unknown(),
  hash: Type.String({ description: "SHA-256 over the entry and the hash before it, in hex." }),
});
export type AuditEntry = Static<typeof AuditEntry>;

export const AuditVerifyQuery = Type.Object({
  organization_id: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  check: Type.Optional(
    Type.Integer({ ...Id, description: "A check that was begun before: its progress, or its verdict." }),
  ),
});

export const AuditVerdict = Type.Object({
  organization: Type.Integer(),
  first: Type.Integer({
    description: "The first position that was checked: entries before it were dropped.",
  }),
  entries: Type.Integer({ description: "The last position." }),
  head: Nullable(
    Type.String({ description: "The last hash, in hex. Noted elsewhere, it proves later what stood here." }),
  ),
  root: Nullable(
    Type.String({
      description: "Of the tree over all entries (RFC 9162), in hex; null where entries are missing.",
    }),
  ),
  anchored: Type.Integer({
    description:
      "The newest position sealed with the installation's key; a worker does so every ten minutes.",
  }),
  intact: Type.Boolean(),
  faults: Type.Array(Type.Object({ position: Type.Integer(), fault: Type.String() })),
});
export type AuditVerdict = Static<typeof AuditVerdict>;

/** A long chain is checked by a worker; this is how far it is. */
export const AuditCheck = Type.Object({
  id: Id,
  organization: Type.Integer(),
  status: Type.Union([Type.Literal("waiting"), Type.Literal("running")]),
  checked: Type.Integer({ description: "Up to which position." }),
  total: Type.Integer(),
});
export type AuditCheck = Static<typeof AuditCheck>;
