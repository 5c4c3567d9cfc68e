import { ColumnMapping, Finding, JsonObject, Nullable, Question, RowIndex, Track } from "@magtrace/contracts";
import { MAX_ROWS, MAX_TIME_US } from "@magtrace/series";
import Type, { type Static } from "typebox";
import {
  type ArchiveContents,
  type ArchivedRow,
  type ArchivedTable,
  count,
  id,
  json,
  object,
  omitted,
  orNull,
  person,
  type RowFault,
  reference,
  since,
  text,
  time,
  value,
} from "../platform/archive/declaration.ts";
import { headerSignature } from "./ingest/inspect/headerSignature.ts";
import { remakeSeries, SERIES_FILES } from "./remakeSeries.ts";

const Microseconds = Type.Integer({ minimum: -MAX_TIME_US, maximum: MAX_TIME_US });
const MaybeNumber = Nullable(Type.Number());
const MaybeText = Nullable(Type.String());

const TimeReport = Type.Object({
  kind: Type.Union([Type.Literal("absolute"), Type.Literal("relative")]),
  form: Type.String(),
  start_us: Microseconds,
  end_us: Microseconds,
  start: MaybeText,
  end: MaybeText,
  first_value: Type.String(),
  zone_given: Nullable(Type.Boolean()),
});
const Statistics = Type.Array(
  Type.Object({
    name: Type.String(),
    count: RowIndex,
    nanCount: RowIndex,
    min: MaybeNumber,
    max: MaybeNumber,
    mean: MaybeNumber,
    std: MaybeNumber,
  }),
);
const Sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

export const datasetTables: readonly ArchivedTable[] = [
  {
    name: "datasets",
    where: "status IN ('completed', 'failed') AND NOT scan_pending",
    pageRows: 100,
    keep: ["status", "total_records", "tracks", "channels"],
    columns: {
      id,
      name: text(1000),
      status: value("text", Type.Union([Type.Literal("completed"), Type.Literal("failed")])),
      progress: value("real", Type.Number({ minimum: 0, maximum: 100 })),
      total_records: value("bigint", Type.Integer({ minimum: 0, maximum: MAX_ROWS })),
      original_name: text(1000),
      original_bytes: count("bigint"),
      original_sha256: orNull(value("text", Sha256)),
      original_key: orNull(
        object({
          folder: "originals",
          read: "CASE WHEN original_expired_at IS NULL THEN original_key END",
          content: { kind: "blob" },
          newPlace: (_, unique) => `uploads/${unique}`,
        }),
      ),
      original_expired_at: omitted("a file has the originals that there are"),
      mapping: orNull(json(ColumnMapping)),
      channels: value("text[]", Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 2000 })),
      tracks: json(Type.Array(Track, { maxItems: 100_000 })),
      time: orNull(json(TimeReport)),
      source: orNull(json(JsonObject)),
      statistics: orNull(json(Statistics)),
      quality: orNull(json(JsonObject)),
      error: orNull(text(20_000)),
      findings: json(Type.Array(Finding)),
      total_findings: count("integer"),
      questions: since(json(Type.Array(Question)), []),
      scan_pending: omitted("a file that nobody has scanned stays where it is"),
      uploaded_by: person,
      uploaded_at: time,
      updated_at: time,
    },
    check: datasetFault,
  },
  {
    name: "segments",
    key: ["dataset_id", "number"],
    columns: {
      dataset_id: reference("datasets", "firm"),
      number: value("integer", Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
      rows: value("bigint", Type.Integer({ minimum: 1, maximum: MAX_ROWS })),
      object_prefix: object({
        folder: "series",
        content: { kind: "files", names: SERIES_FILES, remake: remakeSeries },
        newPlace: ({ dataset_id }, unique) => `series/${dataset_id}/${unique}/`,
      }),
      created_at: time,
    },
    check: segmentFault,
    checkAll: missingSegments,
  },
  {
    name: "reading_profiles",
    isNew: true,
    columns: {
      id,
      name: value("text", Type.String({ minLength: 1, maxLength: 1000 })),
      header: value("text[]", Type.Array(Type.String({ maxLength: 1000 }), { minItems: 1, maxItems: 1000 })),
      signature: value("text", Sha256),
      mapping: json(ColumnMapping),
      created_by: person,
      created_at: time,
      updated_at: time,
    },
    check: ({ header, signature }) =>
      signature === headerSignature(header as string[])
        ? null
        : { column: "signature", expected: "the SHA-256 of the header's names" },
  },
];

function datasetFault(row: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const { status, total_records, tracks, original_key, original_bytes, original_sha256 } = row;
  const original = typeof original_key === "string" ? contents.object(original_key) : undefined;
  if (original && (original.size !== original_bytes || original.sha256 !== original_sha256)) {
    return { column: "original_sha256", expected: "the size and SHA-256 of the dataset's original" };
  }
  if (status === "failed") return null;
  if (!covers(tracks as Static<typeof Track>[], total_records as number)) {
    return { column: "tracks", expected: "tracks that cover all rows, one after the other" };
  }
  if ([row.time, row.source, row.statistics, row.quality].includes(null)) {
    return { column: "time", expected: "time, source, statistics and quality of a dataset that was read" };
  }
  return null;
}

function covers(tracks: readonly Static<typeof Track>[], rows: number): boolean {
  let next = 0;
  for (const { start_index, end_index } of tracks) {
    if (start_index !== next || end_index < start_index) return false;
    next = end_index + 1;
  }
  return next === rows && rows > 0;
}

function segmentFault({ dataset_id, number, rows }: ArchivedRow, contents: ArchiveContents): RowFault | null {
  const dataset = contents.row("datasets", dataset_id as number);
  if (number !== 1) return { column: "number", expected: "1: a dataset has one segment" };
  if (dataset?.status !== "completed" || dataset.total_records !== rows) {
    return { column: "rows", expected: "as many rows as its dataset, which was read" };
  }
  return null;
}

/** A dataset that was read has its readings: work on it would wait for them for ever. */
function missingSegments(segments: number, contents: ArchiveContents): string | null {
  let completed = 0;
  for (let id = 1; ; id++) {
    const dataset = contents.row("datasets", id);
    if (!dataset) break;
    if (dataset.status === "completed") completed++;
  }
  return segments === completed ? null : `readings of each of the ${completed} datasets that were read`;
}
