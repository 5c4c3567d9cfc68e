import Type, { type Static } from "typebox";
import { Finding, Id, Nullable } from "./common.ts";
import { Assumption, ColumnMapping, Question } from "./reading.ts";

/** How sure the guess of a column is: said by the file or the caller; usual for such a name; or nothing but likely. */
const Certainty = Type.Enum(["certain", "likely", "guess"]);

export const ColumnGuess = Type.Object({
  /** As the file calls it; where no line names columns, its place: `#1`. */
  name: Type.String(),
  /** A target, or the channel that is made of it; null where it is left out. */
  becomes: Nullable(Type.String()),
  unit: Nullable(Type.String()),
  /** Of the column that holds the times. */
  time_form: Nullable(Type.String()),
  certainty: Certainty,
  reason: Type.String(),
});
export type ColumnGuess = Static<typeof ColumnGuess>;

/** A text column that can become labels: `mapping.columns.label` makes each run of equal values one. */
export const LabelOffer = Type.Object({
  column: Type.String(),
  /** Most rows first; at most 100. */
  values: Type.Array(Type.Object({ value: Type.String(), rows: Type.Integer(), runs: Type.Integer() })),
  distinct: Type.Integer(),
  runs: Type.Integer(),
  /** Whether the mapping asks for it. */
  taken: Type.Boolean(),
});
export type LabelOffer = Static<typeof LabelOffer>;

/** What the readings would be, as far as the part that was looked at tells. */
export const InspectedReadings = Type.Object({
  rows: Type.Integer(),
  /** Of the whole file, by its size; null where that is not known. */
  estimated_rows: Nullable(Type.Integer()),
  time_kind: Type.Enum(["absolute", "relative"]),
  /** ISO 8601 with Z where absolute, else null. */
  start: Nullable(Type.String()),
  end: Nullable(Type.String()),
  duration_seconds: Type.Number(),
  sampling_rate_hz: Nullable(Type.Number()),
  tracks: Type.Integer(),
  median_field_nt: Nullable(Type.Number()),
  /** At the mean place, of a model good to some 16 %; null where the file names no place. */
  main_field_nt: Nullable(Type.Number()),
  place: Nullable(Type.Object({ lat: Type.Number(), lon: Type.Number() })),
  missing: Type.Array(Type.Object({ channel: Type.String(), count: Type.Integer() })),
});

export type InspectedReadings = Static<typeof InspectedReadings>;

/** `POST /api/datasets/inspect/`: how a file would be read, by its first part. Nothing is kept. */
export const Inspection = Type.Object({
  /** Whether it would be taken, as far as its first part tells. */
  readable: Type.Boolean(),
  /** Why there is nothing to show, where that is so: it is looked at when it is uploaded. */
  no_preview: Nullable(Type.String()),
  /** Whether all of the file was looked at. */
  complete: Type.Boolean(),
  format: Nullable(Type.String()),
  compression: Nullable(Type.String()),
  encoding: Nullable(Type.String()),
  delimiter: Nullable(Type.String()),
  decimal: Nullable(Type.String()),
  /** Line that names the columns, 1-based; null where none does. */
  header_line: Nullable(Type.Integer()),
  columns: Type.Array(ColumnGuess),
  /** The first 50 rows below the header as text. Of a file that cannot be read: its first lines. */
  rows: Type.Array(Type.Object({ line: Type.Integer(), cells: Type.Array(Type.String()) })),
  readings: Nullable(InspectedReadings),
  assumptions: Type.Array(Assumption),
  questions: Type.Array(Question),
  findings: Type.Array(Finding),
  total_findings: Type.Integer(),
  notes: Type.Array(
    Type.Object({ code: Type.String(), message: Type.String(), column: Nullable(Type.String()) }),
  ),
  /** Columns that would be left out. */
  left_out: Type.Array(Type.String()),
  labels: Type.Array(LabelOffer),
  /** Sent with the upload, it is read exactly so. Where something is asked: what is settled so far. */
  mapping: ColumnMapping,
  /** The project's profile by which it was read. */
  profile: Nullable(Type.Object({ id: Id, name: Type.String() })),
});
export type Inspection = Static<typeof Inspection>;
