import type { FieldUnit, Target } from "../types.ts";
import { fieldUnitOf, microsecondsPer } from "./units.ts";

/** A column's name taken apart. */
export interface ColumnName {
  /** As the file has it, outer spaces off. */
  readonly text: string;
  /** Lower case, words joined by `_`, without its unit: `Magnetic Field x (µT)` → `magnetic_field_x`. */
  readonly key: string;
  readonly fieldUnit: FieldUnit | null;
  /** µs in one, for a time. */
  readonly usPerUnit: number | null;
}

/** How well a name fits a target; lower is better, and a better fit leaves the worse one an ordinary column. */
export type Fit = 0 | 1 | 2 | 3;

const AXES = ["x", "y", "z"] as const;

interface Aliases {
  readonly common: readonly string[];
  /** Only where nothing better is there. */
  readonly weak: readonly string[];
}

function axisAliases(axis: string): Aliases {
  const strong = [
    "bAXIS",
    "mag_AXIS",
    "magAXIS",
    "m_AXIS",
    "mAXIS",
    "AXIS_mag",
    "magnetic_AXIS",
    "magnetic_field_AXIS",
    "magneticfield_AXIS",
    "magneticfieldAXIS",
    "magnetometer_AXIS",
    "magnetometerAXIS",
    "mag_field_AXIS",
    "field_AXIS",
    "b_field_AXIS",
    "AXIS_axis",
  ];
  return { common: strong.map((name) => name.replace("AXIS", axis)), weak: [axis] };
}

const ALIASES: Readonly<Record<Target, Aliases>> = {
  timestamp_pc: {
    common: [
      "timestamp",
      "timestamps",
      "time_stamp",
      "time",
      "datetime",
      "date_time",
      "timestamp_utc",
      "utc_time",
      "time_utc",
      "utc",
      "epoch",
      "unix_time",
      "unixtime",
    ],
    weak: ["t", "date", "seconds_elapsed", "elapsed_time", "time_elapsed", "elapsed", "seconds"],
  },
  b_x: axisAliases(AXES[0]),
  b_y: axisAliases(AXES[1]),
  b_z: axisAliases(AXES[2]),
  b: {
    common: [
      "btotal",
      "b_total",
      "bt",
      "b_t",
      "bv",
      "b_mag",
      "bmag",
      "b_abs",
      "abs_b",
      "mag_total",
      "mag_tot",
      "total_mag",
      "magnetic_total",
      "total_field",
      "totalfield",
      "total_magnetic_field",
      "magnetic_field_total",
      "magnetic_field_strength",
      "absolute_field",
      "field_total",
      "tmi",
      "total_magnetic_intensity",
    ],
    weak: [
      "mag",
      "magnetic_field",
      "magneticfield",
      "magnetometer",
      "magfield",
      "mag_field",
      "field",
      "f",
      "nt",
      "total",
      "scalar",
      "intensity",
    ],
  },
  lat: { common: ["latitude", "gps_lat", "gps_latitude", "lat_deg", "latitude_deg"], weak: [] },
  lon: {
    common: ["lng", "long", "longitude", "gps_lon", "gps_lng", "gps_longitude", "lon_deg", "longitude_deg"],
    weak: [],
  },
  altitude: {
    common: ["alt", "elevation", "gps_alt", "gps_altitude", "altitude_m", "alt_m"],
    weak: ["height"],
  },
  thetax: { common: ["theta_x"], weak: [] },
  thetay: { common: ["theta_y"], weak: [] },
  thetaz: { common: ["theta_z"], weak: [] },
  sensor_id: {
    common: ["sensorid", "device_id", "deviceid", "sensor_name", "instrument_id"],
    weak: ["sensor", "device", "instrument"],
  },
};

export const TARGETS = Object.keys(ALIASES) as readonly Target[];
/** Beside the time. Where there is `b`, none of them is needed. */
export const FIELD_AXES = ["b_x", "b_y", "b_z"] as const satisfies readonly Target[];

/** Numeric targets in the order their channels have. */
export const VALUE_TARGETS = TARGETS.filter((target) => target !== "timestamp_pc" && target !== "sensor_id");

function isFieldAxis(target: Target): boolean {
  return target === "b_x" || target === "b_y" || target === "b_z";
}

/** Its numbers are flux densities. */
export function isFieldTarget(target: Target): boolean {
  return isFieldAxis(target) || target === "b";
}

function keyOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s_\-./]+/g, "_")
    .replace(/^_+|_+$/g, "");
}

/** Takes a header cell apart: `Bx [nT]`, `bx_nt`, `Time (s)`, `timestamp_ms`. */
export function columnName(cell: string): ColumnName {
  const text = cell.trim();
  const bracketed = bracketsAtEnd(text);
  const [, stem, unit] = bracketed ?? /^(.+?)[_\s]([a-zµμ]+)$/is.exec(text) ?? [null, text, ""];
  const fieldUnit = fieldUnitOf(unit);
  const usPerUnit = microsecondsPer(unit);
  // One letter behind `_` is an axis (`b_t`), not a unit; in brackets it is one.
  const known =
    (fieldUnit !== null || usPerUnit !== null) &&
    (bracketed !== null || unit.length > 1 || usPerUnit !== null);
  if (!known) return { text, key: keyOf(bracketed ? stem : text), fieldUnit: null, usPerUnit: null };
  const plain = keyOf(text);
  // A name that is an alias as it stands keeps its last word: `seconds`, `unix_time`.
  if (bracketed === null && fitsSomething(plain))
    return { text, key: plain, fieldUnit: null, usPerUnit: null };
  return { text, key: keyOf(stem), fieldUnit: bracketed || unit.length > 1 ? fieldUnit : null, usPerUnit };
}

/**
 * The whole, what is before brackets at its end, and what is in them. Not by one expression: names come from files, and
 * thousands of spaces in one would be shared out between its parts in every way there is.
 */
function bracketsAtEnd(text: string): [string, string, string] | null {
  if (!/[)\]}]$/.test(text)) return null;
  const inside = text.slice(0, -1);
  const from = Math.max(...[")", "]", "}"].map((sign) => inside.lastIndexOf(sign))) + 1;
  const opening = inside.slice(from).search(/[([{]/);
  if (opening < 0) return null;
  const at = from + opening;
  return [text, inside.slice(0, at).trimEnd(), inside.slice(at + 1).trim()];
}

function fitsSomething(key: string): boolean {
  return TARGETS.some((target) => key === target || isAlias(key, target));
}

function isAlias(key: string, target: Target): boolean {
  return ALIASES[target].common.includes(key) || ALIASES[target].weak.includes(key);
}

/** How well a column fits a target by its name, or null. 0: the canonical name to the letter. */
export function fitOf(name: ColumnName, target: Target): Fit | null {
  if (name.text === target) return 0;
  if (name.key === target) return 1;
  if (ALIASES[target].common.includes(name.key)) return 2;
  return ALIASES[target].weak.includes(name.key) ? 3 : null;
}

/** Names a person may be told to use for a target. */
export function namesFor(target: Target): string {
  const aliases = ALIASES[target].common.slice(0, 3).concat(ALIASES[target].weak.slice(0, 1));
  const example = isFieldAxis(target) ? `, "Magnetic field ${target.at(-1)} (µT)"` : "";
  return `${target} (also read: ${aliases.join(", ")}${example})`;
}

/** Levenshtein distance. Cost O(a × b); names are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Up to three columns whose names come nearest to a target's names. */
export function nearestTo(target: Target, names: readonly ColumnName[]): string[] {
  const wanted = [target, ...ALIASES[target].common];
  return names
    .map((name) => {
      const key = name.key.slice(0, 40);
      return { text: name.text.slice(0, 40), far: Math.min(...wanted.map((one) => distance(key, one))), key };
    })
    .filter(({ far, key }) => far <= Math.max(2, key.length / 2))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ text }) => text);
}
