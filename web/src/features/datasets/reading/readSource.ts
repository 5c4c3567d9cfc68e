import type { Dataset } from "@magtrace/contracts";
import { delimiterWord } from "./describeMapping.ts";

type Json = Record<string, unknown>;

export interface SourceColumnFact {
  readonly name: string;
  /** Null: it was left out. */
  readonly becomes: string | null;
  readonly unit: string | null;
}

const FORMATS: Record<string, string> = {
  text: "Delimited text",
  arrow: "Arrow",
  parquet: "Parquet",
  iaga_2002: "IAGA-2002",
  imf: "INTERMAGNET IMF",
  json: "JSON",
  json_lines: "JSON lines",
  influx_csv: "Influx annotated CSV",
  geosoft_xyz: "Geosoft XYZ",
  ulog: "PX4 ULog",
};
const ENCODINGS: Record<string, string> = {
  "utf-8": "UTF-8",
  "utf-16le": "UTF-16 (little-endian)",
  "utf-16be": "UTF-16 (big-endian)",
  "windows-1252": "Windows-1252",
};

const word = (source: Json, name: string): string | null => {
  const value = source[name];
  return typeof value === "string" && value !== "" ? value : null;
};

/** "Delimited text, gzip; commas, decimal point, UTF-8"; null where it is not known. */
export function formatSentence({ source }: Pick<Dataset, "source">): string | null {
  const format = source === null ? null : word(source, "format");
  if (source === null || format === null) return null;
  const [compression, delimiter, decimal, encoding] = ["compression", "delimiter", "decimal", "encoding"].map(
    (name) => word(source, name),
  );
  const of = FORMATS[format] ?? format;
  if (format !== "text") return compression ? `${of}, packed with ${compression}` : of;
  const details = [
    ...(compression ? [`packed with ${compression}`] : []),
    ...(delimiter ? [delimiterWord(delimiter)] : []),
    ...(decimal ? [`decimal ${decimal === "," ? "comma" : "point"}`] : []),
    ...(encoding ? [ENCODINGS[encoding] ?? encoding] : []),
  ];
  return details.length === 0 ? of : `${of}: ${details.join(", ")}`;
}

/** What became of each of the file's columns. */
export function sourceColumns({ source }: Pick<Dataset, "source">): SourceColumnFact[] {
  if (source === null || !Array.isArray(source.columns)) return [];
  return (source.columns as unknown[]).flatMap((column) => {
    if (column === null || typeof column !== "object") return [];
    const name = word(column as Json, "name");
    if (name === null) return [];
    return [{ name, becomes: word(column as Json, "becomes"), unit: word(column as Json, "unit") }];
  });
}

/** What the field is made of: axes, total field alone, further sensors in the same row. */
export function fieldSentence({ channels }: Pick<Dataset, "channels">): string {
  const further = new Map<string, string[]>();
  for (const channel of channels) {
    const at = channel.indexOf("@");
    if (at < 0) continue;
    const sensor = channel.slice(at + 1);
    further.set(sensor, [...(further.get(sensor) ?? []), channel]);
  }
  const own = channels.includes("b_x")
    ? "Three axes, b_x, b_y and b_z; b is their magnitude."
    : "Total field alone, b, of a scalar magnetometer: there are no axes.";
  if (further.size === 0) return own;
  const others = [...further].map(([sensor, names]) => `${sensor} (${names.join(", ")})`);
  return `${own} Further ${further.size === 1 ? "sensor" : "sensors"} in each row: ${others.join("; ")}.`;
}

/** Hz of each track, in their order; empty where the report has none. */
export function trackRates(report: Json): (number | null)[] {
  if (!Array.isArray(report.tracks)) return [];
  return (report.tracks as unknown[]).map((track) => {
    const rate = track !== null && typeof track === "object" ? (track as Json).sampling_rate_hz : null;
    return typeof rate === "number" && rate > 0 ? rate : null;
  });
}
