import type {
  Assumption,
  ColumnMapping,
  FieldUnit,
  Question,
  TimeForm,
  Target as WireTarget,
} from "@magtrace/contracts";
import type { ByteSink, ByteSource, ChannelStatistics, TimeKind } from "@magtrace/series";

/** One thing that is wrong with a file, in words for whoever has to mend it. */
export interface Finding {
  /** Line of the text, 1-based, the header's line included; null where lines mean nothing. */
  readonly line: number | null;
  /** Column as the file calls it. */
  readonly column: string | null;
  /** What stands there, printable, at most 80 characters. */
  readonly value: string | null;
  readonly expected: string;
  readonly code: FindingCode;
}

export type FindingCode =
  | "empty_file"
  | "no_rows"
  | "unsupported_format"
  | "binary_content"
  | "wrong_encoding"
  | "damaged_file"
  | "decompression_limit"
  | "header_missing"
  | "column_missing"
  | "column_ambiguous"
  | "column_unknown"
  | "too_many_columns"
  | "too_many_sensors"
  | "too_many_rows"
  | "field_too_long"
  | "unclosed_quote"
  | "row_width"
  | "not_a_number"
  | "not_a_time"
  | "mixed_time"
  | "not_supported"
  | "question";

export type { ColumnMapping, FieldUnit, TimeForm };

/** What a column can be. */
export type Target = Exclude<WireTarget, "label">;

export interface IngestLimits {
  readonly maxDecompressedBytes: number;
  /** Decompressed bytes per compressed byte; the first MiB is free. */
  readonly maxRatio: number;
  readonly maxColumns: number;
  readonly maxFieldBytes: number;
}

/** Where runs of interleaved sensors wait until the file is read. Used only when there is more than one sensor. */
export interface Scratch {
  openSink(name: string): Promise<ByteSink>;
  /** Opens what a closed sink of that name wrote. */
  openSource(name: string): Promise<ByteSource>;
}

export interface IngestRequest {
  readonly source: ByteSource;
  /** For the report only: the content decides. */
  readonly filename?: string;
  readonly mapping?: ColumnMapping;
  readonly limits: IngestLimits;
  /**
   * For `base.arrow`, `level1.arrow` … and `series.json`. All are closed when ok, all aborted when not. null: nothing is
   * written, and the outcome is the same.
   */
  readonly openSink: ((name: string) => Promise<ByteSink>) | null;
  readonly scratch: Scratch;
  /** 0 to 1, by bytes of the source read. */
  onProgress?(fraction: number): void;
  readonly signal?: AbortSignal;
  /** Processors that may be used. Default: all there are. */
  readonly processors?: number | undefined;
  /** Threads that parse text beside this one; 0 parses here. Default: by file size and processors. */
  readonly threads?: number;
}

/** JSON as the API gives it: both ends inclusive, as everywhere in the API. */
export interface TrackRange {
  readonly sensor_id: string;
  readonly start_index: number;
  readonly end_index: number;
}

export interface TimeReport {
  readonly kind: TimeKind;
  readonly form: TimeForm;
  /** First and last row of the file's time range, µs. Absolute: since 1970 UTC. */
  readonly start_us: number;
  readonly end_us: number;
  /** ISO 8601 with Z; null when relative. */
  readonly start: string | null;
  readonly end: string | null;
  /** Time as the file's first row has it, printable. `clock` and `minutes` count from it; `seconds` from the file's own 0. */
  readonly first_value: string;
  /** False where a date and time came without a zone and was taken as UTC. */
  readonly zone_given: boolean | null;
}

export interface SourceColumn {
  /** As the file calls it. */
  readonly name: string;
  /** Channel, `timestamp_pc`, `sensor_id`; null where ignored. */
  readonly becomes: string | null;
  /** Unit the header states, or the one taken. */
  readonly unit: string | null;
}

/** What a file was recognised as, by its content. */
export type SourceFormat =
  | "text"
  | "arrow"
  | "parquet"
  | "iaga_2002"
  | "imf"
  | "json"
  | "json_lines"
  | "influx_csv"
  | "geosoft_xyz"
  | "ulog"
  | "mcap"
  | "hdf5";

export interface SourceReport {
  readonly format: SourceFormat;
  readonly compression: "gzip" | "zstd" | "zip" | null;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | null;
  readonly delimiter: "," | ";" | "\t" | "|" | " " | null;
  readonly decimal: "." | "," | null;
  /** Unit b_x, b_y, b_z had in the file. */
  readonly unit: FieldUnit;
  /** Where that unit comes from. */
  readonly unit_from: "mapping" | "header" | "app" | "default";
  readonly columns: readonly SourceColumn[];
}

/** A remark on a tolerated oddity. `message` is a sentence for people. */
export interface QualityNote {
  readonly code: string;
  readonly message: string;
  readonly column?: string;
  readonly count?: number;
  /** Lines of the file (rows from 1 in binary formats). */
  readonly first_lines?: readonly number[];
}

/** A row, its time, and the step in time that leads to it. */
export interface QualityPlace {
  readonly index: number;
  readonly time_us: number;
  readonly step_us: number;
}

/** How many, and the first ten places. */
export interface QualityPlaces {
  readonly count: number;
  readonly first: readonly QualityPlace[];
}

/** Tolerated oddities, with counts and first places. Indices are rows of the series. */
export interface QualityReport {
  /** What the file does not say and was taken all the same; the most consequential first. */
  readonly assumptions: readonly Assumption[];
  readonly rows: number;
  readonly median_step_us: number | null;
  readonly sampling_rate_hz: number | null;
  /** Of each track of the dataset, in their order: sensors of one file may differ in their rates. */
  readonly tracks: readonly { readonly sensor_id: string | null; readonly sampling_rate_hz: number | null }[];
  readonly duplicate_times: QualityPlaces;
  readonly backward_steps: QualityPlaces;
  readonly gaps: QualityPlaces;
  readonly longest_gap: QualityPlace | null;
  readonly rate_changes: {
    readonly count: number;
    readonly first: readonly { index: number; time_us: number; from_hz: number; to_hz: number }[];
  };
  /** Hour or day rollovers that were undone, with the lines where they happen. */
  readonly rollovers: { readonly count: number; readonly first_lines: readonly number[] };
  /** Cells without a value, by channel; channels that have none are left out. */
  readonly missing: readonly {
    readonly channel: string;
    readonly count: number;
    readonly first_lines: readonly number[];
  }[];
  /** Median of |b|, nT; null without a value. */
  readonly median_field_nt: number | null;
  readonly notes: readonly QualityNote[];
}

/** Rows of one track, one after the other, whose cells in the label column are equal. Indices are inclusive. */
export interface LabelRun {
  /** Position in `values`. */
  readonly value: number;
  readonly startIndex: number;
  readonly endIndex: number;
}

/** What a column of labels holds. Empty cells are of no run. */
export interface LabelColumn {
  readonly column: string;
  /** Whether the mapping asks for labels of it. */
  readonly taken: boolean;
  readonly values: readonly string[];
  readonly runs: readonly LabelRun[];
  /** There were more than are gathered, of what; then runs and values are those until there. */
  readonly beyond: "runs" | "values" | null;
}

export interface IngestAccepted {
  readonly ok: true;
  readonly rows: number;
  readonly channels: readonly string[];
  readonly tracks: readonly TrackRange[];
  readonly time: TimeReport;
  readonly statistics: readonly ChannelStatistics[];
  readonly source: SourceReport;
  readonly quality: QualityReport;
  /** A column of labels beside the readings, where there is one. */
  readonly labels?: LabelColumn;
}

export interface IngestRefused {
  readonly ok: false;
  /** The first, at most 100. Never empty. */
  readonly findings: readonly Finding[];
  readonly total_findings: number;
  /** Where answers would make the file readable: each also stands among the findings, in words. */
  readonly questions: readonly Question[];
}

export type IngestOutcome = IngestAccepted | IngestRefused;
