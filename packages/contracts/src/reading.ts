import Type, { type Static } from "typebox";
import { Finding, Id, Nullable, PageQuery, Timestamp } from "./common.ts";

/**
 * How a file is read: what its columns are, how its times are written, what its numbers mean. The same words are used
 * in the mapping a caller sends, in what an inspection answers, and in a project's profiles.
 */

/** What a column can be. `b` is the total field of a scalar magnetometer: with it the three axes may be missing. */
export const TARGETS = [
  "timestamp_pc",
  "b_x",
  "b_y",
  "b_z",
  "b",
  "lat",
  "lon",
  "altitude",
  "thetax",
  "thetay",
  "thetaz",
  "sensor_id",
  "label",
] as const;
export const Target = Type.Enum(TARGETS);
export type Target = Static<typeof Target>;

/** Units of flux density. γ is nT, Oe in air is G; A/m and kA/m are field strengths, taken as μ0 H. */
export const FIELD_UNITS = ["nT", "µT", "mT", "T", "pT", "G", "mG", "Oe", "A/m", "kA/m"] as const;
export const FieldUnit = Type.Enum(FIELD_UNITS);
export type FieldUnit = Static<typeof FieldUnit>;

/** How times are written. `parts`: spread over several columns. `rate`: none; rows come at an even rate. */
export const TIME_FORMS = [
  "datetime",
  "epoch_s",
  "epoch_ms",
  "epoch_us",
  "epoch_ns",
  "clock",
  "minutes",
  "hours_minutes",
  "hhmmss",
  "seconds",
  "excel_days",
  "matlab_days",
  "julian_days",
  "gps_week",
  "day_of_year",
  "parts",
  "rate",
] as const;
export const TimeForm = Type.Enum(TIME_FORMS);
export type TimeForm = Static<typeof TimeForm>;

export const TIME_UNITS = ["s", "ms", "us", "ns", "min", "h", "d"] as const;

/** A column, by its name (exactly or but for case and outer spaces) or, without a header, by its place: `#1`, `#2` … */
const ColumnName = Type.String({ minLength: 1, maxLength: 1000 });

export const TimeMapping = Type.Object(
  {
    form: Type.Optional(TimeForm),
    /** Of numbers that count from a start or from 1970. */
    unit: Type.Optional(Type.Enum(TIME_UNITS)),
    /** Order of day and month in dates written with numbers alone. */
    date_order: Type.Optional(Type.Enum(["dmy", "mdy", "ymd"])),
    /** Offset from UTC of times that name none: `+02:00`, `Z`. */
    zone: Type.Optional(Type.String({ maxLength: 6, pattern: "^(Z|[+-]\\d{2}:\\d{2})$" })),
    /** Columns that together are the time, where it is not one column. */
    columns: Type.Optional(
      Type.Object(
        {
          date: Type.Optional(ColumnName),
          time: Type.Optional(ColumnName),
          year: Type.Optional(ColumnName),
          month: Type.Optional(ColumnName),
          day: Type.Optional(ColumnName),
          day_of_year: Type.Optional(ColumnName),
          hour: Type.Optional(ColumnName),
          minute: Type.Optional(ColumnName),
          second: Type.Optional(ColumnName),
          fraction: Type.Optional(ColumnName),
          /** AM or PM, in a column of its own. */
          meridiem: Type.Optional(ColumnName),
          gps_week: Type.Optional(ColumnName),
          gps_seconds: Type.Optional(ColumnName),
        },
        { additionalProperties: false },
      ),
    ),
    /** Rows a second, where the file has no times. */
    rate_hz: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e6 })),
    /** When the first row was taken, ISO 8601 with zone, where the file does not say. */
    start: Type.Optional(Type.String({ maxLength: 40 })),
  },
  { additionalProperties: false },
);
export type TimeMapping = Static<typeof TimeMapping>;

const SensorColumns = Type.Object(
  {
    b_x: Type.Optional(ColumnName),
    b_y: Type.Optional(ColumnName),
    b_z: Type.Optional(ColumnName),
    b: Type.Optional(ColumnName),
  },
  { additionalProperties: false },
);

/** The caller's word on how a file is to be read. It goes before all that the file seems to say. */
export const ColumnMapping = Type.Object(
  {
    columns: Type.Optional(
      Type.Object(
        Object.fromEntries(TARGETS.map((target) => [target, Type.Optional(ColumnName)])) as Record<
          Target,
          Type.TOptional<typeof ColumnName>
        >,
        { additionalProperties: false },
      ),
    ),
    /** Columns to leave out. */
    ignore: Type.Optional(Type.Array(ColumnName, { maxItems: 1000 })),
    /** Unit of the field's columns. */
    unit: Type.Optional(FieldUnit),
    /** nT in one of the file's numbers, for instruments that write counts or volts. */
    factor: Type.Optional(Type.Number()),
    time: Type.Optional(TimeMapping),
    /** Numbers of the field's columns that mean "no value"; empty: none does. */
    missing: Type.Optional(Type.Array(Type.Number(), { maxItems: 100 })),
    /** Further sensors in the same row: name → its columns; they become channels `b_x@name`. */
    sensors: Type.Optional(
      Type.Record(Type.String({ maxLength: 40 }), SensorColumns, { maxProperties: 100 }),
    ),
    /** Line that names the columns, 1-based; 0: none does, columns go by their places. */
    header_line: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000 })),
    /** File within an archive, by its whole name there. */
    member: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
    encoding: Type.Optional(Type.Enum(["utf-8", "utf-16le", "utf-16be", "windows-1252"])),
    delimiter: Type.Optional(Type.Enum([",", ";", "\t", "|", " "])),
    decimal: Type.Optional(Type.Enum([".", ","])),
  },
  { additionalProperties: false },
);
export type ColumnMapping = Static<typeof ColumnMapping>;

/** What an assumption or a question is about. */
export const AssumptionSubject = Type.Enum([
  "time_unit",
  "time_form",
  "time_zone",
  "date_order",
  "time_column",
  "field_unit",
  "field_columns",
  "missing_values",
  "row_order",
  "encoding",
  "sensors",
  "header",
  "numbers",
  "last_line",
]);
export type AssumptionSubject = Static<typeof AssumptionSubject>;

/** A way to read the file. `mapping` is what to add to the mapping used so far, to have it read so. */
const Choice = Type.Object({ label: Type.String(), mapping: ColumnMapping });
export type Choice = Static<typeof Choice>;

/** What the file does not say and was taken all the same: what, why, and how it could be meant instead. */
export const Assumption = Type.Object({
  subject: AssumptionSubject,
  taken: Type.String(),
  reason: Type.String(),
  column: Nullable(Type.String()),
  others: Type.Array(Choice),
});
export type Assumption = Static<typeof Assumption>;

/** What has to be answered before the file can be read. */
export const Question = Type.Object({
  subject: AssumptionSubject,
  asked: Type.String(),
  reason: Type.String(),
  column: Nullable(Type.String()),
  choices: Type.Array(Choice),
});
export type Question = Static<typeof Question>;

const ProfileName = Type.String({ minLength: 1, maxLength: 255, pattern: "\\S" });
/** Names of the columns as the file has them, in their order. */
const Header = Type.Array(Type.String({ maxLength: 1000 }), { minItems: 1, maxItems: 1000 });

/** How files like one are read in a project: known again by the names of their columns. */
export const ReadingProfile = Type.Object({
  id: Id,
  project: Id,
  name: Type.String(),
  header: Type.Array(Type.String()),
  mapping: ColumnMapping,
  created_by: Nullable(Id),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type ReadingProfile = Static<typeof ReadingProfile>;

export const ReadingProfileListQuery = Type.Intersect([
  PageQuery,
  Type.Object({ project_id: Type.Optional(Id) }),
]);

export const CreateReadingProfile = Type.Object({
  project: Id,
  name: ProfileName,
  header: Header,
  mapping: ColumnMapping,
});
export type CreateReadingProfile = Static<typeof CreateReadingProfile>;

export const UpdateReadingProfile = Type.Object(
  {
    name: Type.Optional(ProfileName),
    header: Type.Optional(Header),
    mapping: Type.Optional(ColumnMapping),
  },
  { minProperties: 1 },
);
export type UpdateReadingProfile = Static<typeof UpdateReadingProfile>;

/** Reads a dataset's file again. Null: as the file itself says. */
export const AskReread = Type.Object({ mapping: Nullable(ColumnMapping) });
export type AskReread = Static<typeof AskReread>;

/** Reads a file again whose reading failed. Without a mapping: as it was to be read before; null: as it says itself. */
export const RetryReading = Type.Object({ mapping: Type.Optional(Nullable(ColumnMapping)) });
export type RetryReading = Static<typeof RetryReading>;

/** A file read again: what was asked, what it was before (send that to undo it), and what became of it. */
export const Reread = Type.Object({
  id: Id,
  dataset: Id,
  mapping: Nullable(ColumnMapping),
  previous_mapping: Nullable(ColumnMapping),
  status: Type.Enum(["pending", "running", "completed", "failed"]),
  /** Of one that failed: the error's code, and what it says. */
  code: Nullable(Type.String()),
  error: Nullable(Type.String()),
  findings: Type.Array(Finding),
  total_findings: Type.Integer(),
  questions: Type.Array(Question),
  created_by: Nullable(Id),
  created_at: Timestamp,
  finished_at: Nullable(Timestamp),
});
export type Reread = Static<typeof Reread>;

/** `details` of `unreadable_file`: with an answer of `questions` merged into the mapping, a file can be read. */
export const UnreadableFile = Type.Object({
  findings: Type.Array(Finding),
  total_findings: Type.Integer(),
  questions: Type.Array(Question),
});
export type UnreadableFile = Static<typeof UnreadableFile>;
