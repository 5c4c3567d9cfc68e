import Type, { type Static } from "typebox";
import {
  Finding,
  Formulas,
  Id,
  JsonObject,
  Name,
  Nullable,
  PageQuery,
  RowIndex,
  Timestamp,
} from "./common.ts";
import { ColumnMapping, Question } from "./reading.ts";

export const DatasetStatus = Type.Union([
  Type.Literal("pending"),
  Type.Literal("running"),
  Type.Literal("completed"),
  Type.Literal("failed"),
]);
export type DatasetStatus = Static<typeof DatasetStatus>;

/** One sensor's rows: inclusive indices. */
export const Track = Type.Object({
  sensor_id: Nullable(Type.String()),
  start_index: RowIndex,
  end_index: RowIndex,
});
export type Track = Static<typeof Track>;

const Time = Type.String({
  maxLength: 64,
  description: "ISO 8601, or seconds since the first reading where time is relative.",
});

export const Dataset = Type.Object({
  id: Id,
  name: Type.String(),
  project: Id,
  status: DatasetStatus,
  processed: Type.Boolean({ description: "Whether the readings can be read." }),
  progress: Type.Number({ minimum: 0, maximum: 100 }),
  total_records: Type.Integer({ minimum: 0 }),
  original_name: Type.String(),
  original_bytes: Type.Integer({ minimum: 0 }),
  sha256: Nullable(Type.String({ description: "SHA-256 of the file as uploaded, hex." })),
  channels: Type.Array(Type.String()),
  tracks: Type.Array(Track),
  time: Nullable(JsonObject),
  source: Nullable(JsonObject),
  /** By which it was read, or is to be; null: as the file itself says. */
  mapping: Type.Optional(Nullable(ColumnMapping)),
  error: Nullable(Type.String()),
  findings: Type.Array(Finding),
  /** Of a file that could not be read: what has to be answered first. */
  questions: Type.Optional(Type.Array(Question)),
  uploaded_by: Nullable(Id),
  uploaded_at: Timestamp,
  /** The re-reading that its readings are of; null: as it was uploaded. Another one, and all readings may be others. */
  last_reread: Type.Optional(Nullable(Id)),
});
export type Dataset = Static<typeof Dataset>;

export const UpdateDataset = Type.Object({ name: Name });
export type UpdateDataset = Static<typeof UpdateDataset>;

export const DatasetListQuery = Type.Intersect([PageQuery, Type.Object({ project_id: Type.Optional(Id) })]);

const ChannelList = Type.String({
  maxLength: 2000,
  description: "Channel names with commas between, e.g. b_x,b_y,b_z,b. All by default.",
});

export const MOST_POINTS = 20_000;

/** `GET /api/datasets/{id}/data/`: one window. Indices are inclusive; times as in `time_range` of the statistics. */
export const DataQuery = Type.Object({
  start_index: Type.Optional(RowIndex),
  end_index: Type.Optional(RowIndex),
  start_time: Type.Optional(Time),
  end_time: Type.Optional(Time),
  track: Type.Optional(
    Type.Integer({ minimum: 0, description: "Which track the times are of. 0 by default." }),
  ),
  max_points: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_POINTS })),
  channels: Type.Optional(ChannelList),
  format: Type.Optional(Type.Union([Type.Literal("json"), Type.Literal("arrow"), Type.Literal("csv")])),
  formulas: Type.Optional(Formulas),
});
export type DataQuery = Static<typeof DataQuery>;

export const ReadingsQuery = Type.Intersect([PageQuery, Type.Object({ dataset_id: Id })]);

/** A reading, or with `max_points` a bucket of them: then each channel is the mean, and `_min`, `_max`, `count` say the rest. */
export const Reading = Type.Record(Type.String(), Type.Unknown());

const Spread = Type.Object({
  min: Nullable(Type.Number()),
  max: Nullable(Type.Number()),
  mean: Nullable(Type.Number()),
  std: Nullable(Type.Number()),
});

export const DatasetStatistics = Type.Object({
  total_records: Type.Integer(),
  sensors: Type.Array(Type.String()),
  time_range: Type.Object({ start: Nullable(Time), end: Nullable(Time) }),
  magnetic_field_stats: Type.Object({ b_x: Spread, b_y: Spread, b_z: Spread }),
  channel_stats: Type.Record(Type.String(), Spread),
  location_range: Nullable(
    Type.Object({
      lat_min: Type.Number(),
      lat_max: Type.Number(),
      lon_min: Type.Number(),
      lon_max: Type.Number(),
    }),
  ),
});
export type DatasetStatistics = Static<typeof DatasetStatistics>;

/**
 * Oddities that were tolerated, with counts and first places. Begins with `assumptions` (as in reading.ts); `tracks` has
 * each track's `sensor_id` and `sampling_rate_hz`. Reports of files that were read before these came have neither.
 */
export const QualityReport = JsonObject;
