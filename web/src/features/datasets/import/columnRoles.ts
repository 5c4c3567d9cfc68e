import type { ColumnGuess, ColumnMapping, Target, TimeMapping } from "@magtrace/contracts";
import { mergeMapping } from "../reading/mergeMapping.ts";

type TimePart = keyof NonNullable<TimeMapping["columns"]>;
/** What a column can be set to. `kept`: a channel of its own name; `auto`: whatever the server makes of it. */
export type ColumnRole = Target | `part:${TimePart}` | "kept" | "out" | "auto";

/** How a mapping calls a column. A name that was cut short or cleaned for showing is not its name. */
export function nameInMapping({ name }: Pick<ColumnGuess, "name">, position: number): string {
  return name.trim() === "" || name.endsWith("…") || name.includes("\uFFFD") ? `#${position + 1}` : name;
}

function isTarget(word: string | null): word is Target {
  return word !== null && TARGET_WORDS.some(([target]) => target === word);
}

/** Targets in the order and the words they are offered in. */
export const TARGET_WORDS: readonly (readonly [Target, string, string])[] = [
  ["timestamp_pc", "Time", "time"],
  ["b_x", "Field", "b_x"],
  ["b_y", "Field", "b_y"],
  ["b_z", "Field", "b_z"],
  ["b", "Field", "b, the total field"],
  ["lat", "Place", "latitude"],
  ["lon", "Place", "longitude"],
  ["altitude", "Place", "altitude"],
  ["thetax", "Attitude", "theta x"],
  ["thetay", "Attitude", "theta y"],
  ["thetaz", "Attitude", "theta z"],
  ["sensor_id", "Other", "name of the sensor"],
  ["label", "Other", "labels"],
].map(([target, group, words]) => [target as Target, group as string, words as string] as const);

const PART_WORDS: Record<TimePart, string> = {
  date: "date",
  time: "time of day",
  year: "year",
  month: "month",
  day: "day of the month",
  day_of_year: "day of the year",
  hour: "hour",
  minute: "minute",
  second: "second",
  fraction: "fraction of a second",
  meridiem: "AM or PM",
  gps_week: "GPS week",
  gps_seconds: "GPS seconds",
};
export const TIME_PART_WORDS = Object.entries(PART_WORDS) as [TimePart, string][];

/** What a column is taken for, by what the server found and was told. */
export function roleOf(column: ColumnGuess, position: number, mapping: ColumnMapping): ColumnRole {
  const name = nameInMapping(column, position);
  for (const [part, named] of Object.entries(mapping.time?.columns ?? {})) {
    if (named === name) return `part:${part as TimePart}`;
  }
  if (mapping.columns?.label === name) return "label";
  if (isTarget(column.becomes)) return column.becomes;
  return column.becomes === null ? "out" : "kept";
}

interface RoleChange {
  readonly name: string;
  readonly from: ColumnRole;
  readonly to: ColumnRole;
  /** Name of the column that is `to` so far. */
  readonly holder: string | null;
  /** What the server took for the time's parts. */
  readonly parts: NonNullable<TimeMapping["columns"]>;
}

/**
 * A mapping in which a column is something else. Where another column was that, the two change places: exchanged axes
 * are one choice.
 */
export function withRole(
  mapping: ColumnMapping,
  { name, from, to, holder, parts }: RoleChange,
): ColumnMapping {
  const freed = withoutColumn(mapping, name);
  if (to === "auto" || to === "kept") return freed;
  if (to === "out") return { ...freed, ignore: [...(freed.ignore ?? []), name] };
  if (to.startsWith("part:")) return withTimePart(freed, to.slice(5) as TimePart, { name, parts });
  const columns: Partial<Record<Target, string>> = { ...freed.columns, [to]: name };
  if (holder !== null && holder !== name && isTarget(from)) columns[from] = holder;
  // Times of several columns are no longer of several, and those of another column may be written otherwise.
  const { time: _, ...rest } = freed;
  return to === "timestamp_pc" ? { ...rest, columns } : { ...freed, columns };
}

function withTimePart(
  mapping: ColumnMapping,
  part: TimePart,
  { name, parts }: Pick<RoleChange, "name" | "parts">,
): ColumnMapping {
  const { timestamp_pc: _, ...columns } = mapping.columns ?? {};
  const others = Object.entries(parts).filter(([, column]) => column !== name);
  return mergeMapping(
    { ...mapping, columns },
    { time: { form: "parts", columns: { ...Object.fromEntries(others), [part]: name } } },
  );
}

/** A mapping that says nothing of a column. */
function withoutColumn(mapping: ColumnMapping, name: string): ColumnMapping {
  const keep = <T extends object>(named: T | undefined): T =>
    Object.fromEntries(Object.entries(named ?? {}).filter(([, column]) => column !== name)) as T;
  const { columns, ignore, time, ...rest } = mapping;
  const kept = keep(columns);
  const left = ignore?.filter((one) => one !== name) ?? [];
  return {
    ...rest,
    ...(Object.keys(kept).length === 0 ? {} : { columns: kept }),
    ...(left.length === 0 ? {} : { ignore: left }),
    ...(time === undefined
      ? {}
      : { time: time.columns === undefined ? time : { ...time, columns: keep(time.columns) } }),
  };
}
