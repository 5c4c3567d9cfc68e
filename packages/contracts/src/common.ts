import Type, { type Static, type TSchema } from "typebox";

/** Identity of a row: a positive integer. */
export const Id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });
export const Timestamp = Type.String({ format: "date-time", maxLength: 64 });
export const Name = Type.String({ minLength: 1, maxLength: 255, pattern: "\\S" });
export const Prose = Type.String({ maxLength: 20_000 });
export const RowIndex = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Fraction = Type.Number({ minimum: 0, maximum: 1 });
/** Whatever a client likes to keep. How deep it is and how many bytes it has is bounded with the body it comes in. */
export const JsonObject = Type.Record(Type.String(), Type.Unknown(), { maxProperties: 1000 });

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** What becomes of texts in a CSV that a spreadsheet would run: an apostrophe before them, or nothing. */
export const Formulas = Type.Union([Type.Literal("guard"), Type.Literal("keep")], {
  default: "guard",
  description: "`keep` is for programs: texts are left as they are.",
});

export const IdParams = Type.Object({ id: Id });

/** Every list: at most `limit` rows after the first `offset`; the answer tells the rest in Link and X-Total-Count. */
export const PageQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0 })),
});

/** Every refusal and failure. */
export const ErrorBody = Type.Object({
  error: Type.String({ description: "What happened and what to do about it." }),
  code: Type.String(),
  details: Type.Optional(Type.Unknown()),
  request_id: Type.String(),
});
export type ErrorBody = Static<typeof ErrorBody>;

/** One thing a person has to mend in a file. */
export const Finding = Type.Object({
  line: Nullable(Type.Integer()),
  column: Nullable(Type.String()),
  value: Nullable(Type.String()),
  expected: Type.String(),
  code: Type.String(),
});
export type Finding = Static<typeof Finding>;

export const JobStatus = Type.Union([
  Type.Literal("pending"),
  Type.Literal("running"),
  Type.Literal("completed"),
  Type.Literal("failed"),
  Type.Literal("cancelled"),
]);
export type JobStatus = Static<typeof JobStatus>;
