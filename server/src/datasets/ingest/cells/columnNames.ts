import type { FieldUnit, Target } from "../types.ts";
import { fieldNameOf } from "./fieldNames.ts";
import { inEnglish } from "./foreignWords.ts";
import { microsecondsPer } from "./units.ts";
import { readUnit, type UnitWord } from "./unitWords.ts";

/** A column's name taken apart. */
export interface ColumnName {
  /** As the file has it, outer spaces off. */
  readonly text: string;
  /** Lower case, words joined by `_`, without its unit: `Magnetic Field x (µT)` → `magnetic_field_x`. */
  readonly key: string;
  readonly fieldUnit: FieldUnit | null;
  /** µs in one, for a time. */
  readonly usPerUnit: number | null;
  /** A unit that is not one of a field for sure, as the file writes it. */
  readonly doubt: { readonly unit: string; readonly kind: "gravity" | "other" | "unknown" } | null;
}

/** How well a name fits a target; lower is better, and a better fit leaves the worse one an ordinary column. */
export type Fit = 0 | 1 | 2 | 3 | 4;

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
  const key = text
    .toLowerCase()
    .replace(/[\s_\-./,:;]+/g, "_")
    .replace(/^[_%#!]+|_+$/g, "");
  return inEnglish(key);
}

/** Words in brackets that are no units. */
const PLAIN_WORDS =
  /^(?:un)?cal(?:ibrated)?$|^(?:filtered|corrected|body|sensor|mag|axis|north|east|south|west|up|down|total|horizontal|vertical|component|[xyz]|\d+)$/i;
const LONGEST_PARSED = 200;

/**
 * Takes a header cell apart: `Bx [nT]`, `bx_nt`, `Time (s)`, `timestamp_ms`, `magnetometer_ga[0]`.
 */
export function columnName(cell: string): ColumnName {
  const text = cell.trim();
  const plain = keyOf(text);
  const none = { text, key: plain, fieldUnit: null, usPerUnit: null, doubt: null };
  if (text.length > LONGEST_PARSED) return { ...none, key: keyOf(bracketsAtEnd(text)?.[1] ?? text) };
  const indexed = /^(.+)[[(]([012])[\])]$/.exec(text);
  // An index stands for an axis where what it is of is a field.
  if (indexed !== null) {
    const array = columnName(indexed[1]);
    const key = `${array.key}_${AXES[Number(indexed[2])]}`;
    if (fieldNameOf(key) !== null) return { ...array, text, key };
  }
  const bracketed = bracketsAtEnd(text.replace(/<([^<>]{1,30})>$/, "($1)")) ?? unitInside(text);
  if (bracketed !== null) {
    const [, stem, unit] = bracketed;
    const parts = unitParts(unit, true);
    const known = parts.fieldUnit !== null || parts.usPerUnit !== null || parts.doubt !== null;
    return { ...none, ...(known ? parts : {}), key: keyOf(stem) };
  }
  // A name that is an alias as it stands keeps its last word: `seconds`, `unix_time`.
  if (fitsSomething(plain)) return none;
  return suffixed(text) ?? none;
}

/** The same where a row of units has the unit below the name. */
export function columnNameAbove(cell: string, unit: string): ColumnName {
  const name = columnName(cell);
  return unit.trim() === "" ? name : { ...name, ...unitParts(unit, true) };
}

type UnitParts = Pick<ColumnName, "fieldUnit" | "usPerUnit" | "doubt">;

function unitParts(unit: string, certain: boolean): UnitParts {
  const usPerUnit = microsecondsPer(unit);
  const word = readUnit(unit);
  const fieldUnit = word !== null && word.kind !== "other" ? word.unit : null;
  return { fieldUnit, usPerUnit, doubt: doubtOf(unit.trim(), word, certain) };
}

function doubtOf(unit: string, word: UnitWord | null, certain: boolean): ColumnName["doubt"] {
  if (word?.kind === "gravity" || word?.kind === "other") return { unit, kind: word.kind };
  if (word !== null || !certain || unit === "" || unit.length > 30 || PLAIN_WORDS.test(unit)) return null;
  return { unit, kind: "unknown" };
}

/** A name whose last words are its unit: `mx_mG`, `Bx in microteslas`, `Bx, 10^-6 T`. */
function suffixed(text: string): ColumnName | null {
  for (let at = text.length - 1; at > 0; at--) {
    if (!/[_\s.,/:;-]/.test(text[at])) continue;
    const stem = text.slice(0, at).replace(/[_\s]in$/i, "");
    const unit = text.slice(at + 1);
    const parts = unitParts(unit, false);
    const axis = fieldNameOf(keyOf(stem));
    const isAxis = axis !== null && axis.component !== "b";
    // One letter behind `_` is an axis or a word of its own (`b_t`), not a unit, except behind a whole name: `mag_x_T`.
    const field = parts.fieldUnit !== null && (unit.length > 1 || (isAxis && /^[TGγ]$/.test(unit)));
    const doubted = parts.doubt !== null && isAxis && (unit.length > 1 || unit === "g" || unit === "V");
    if (field && (parts.doubt === null || isAxis))
      return { text, key: keyOf(stem), ...parts, usPerUnit: null };
    if (parts.usPerUnit !== null && !isAxis) {
      return { text, key: keyOf(stem), fieldUnit: null, usPerUnit: parts.usPerUnit, doubt: null };
    }
    if (doubted) return { text, key: keyOf(stem), ...parts, usPerUnit: null };
  }
  return unitWithin(text) ?? unitGlued(text);
}

/** A unit that is a word among those of an axis' name: `magnetometer_uT_x`, `magX_uT_cal`. */
function unitWithin(text: string): ColumnName | null {
  const words = text.split(/[_\s.]+/);
  for (const [i, word] of words.entries()) {
    if (word.length < 2 || readUnit(word)?.kind !== "field") continue;
    const key = keyOf(words.filter((_, k) => k !== i).join("_"));
    const axis = fieldNameOf(key);
    if (axis !== null && axis.component !== "b")
      return { text, key, ...unitParts(word, false), usPerUnit: null };
  }
  return null;
}

/** A unit at the end of an axis' name without anything between: `BxnT`. */
function unitGlued(text: string): ColumnName | null {
  const match = /^(.*[xyzXYZ])([nuµμm]T|mG)$/.exec(text);
  if (match === null || fieldNameOf(keyOf(match[1])) === null) return null;
  return { text, key: keyOf(match[1]), ...unitParts(match[2], false), usPerUnit: null };
}

/** As `bracketsAtEnd`, for a unit in the middle: `Magnetic field (µT) x`. */
function unitInside(text: string): [string, string, string] | null {
  const open = text.search(/[([{]/);
  const close = open < 0 ? -1 : text.slice(open).search(/[)\]}]/) + open;
  if (close <= open + 1 || close === text.length - 1) return null;
  const unit = text.slice(open + 1, close);
  if (readUnit(unit)?.kind !== "field") return null;
  return [text, `${text.slice(0, open)} ${text.slice(close + 1)}`, unit];
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
  if (isFieldAxis(target)) return axisFit(name.key, target);
  // `T` beside `t` is a temperature.
  if (target === "timestamp_pc" && name.text === "T") return null;
  if (ALIASES[target].common.includes(name.key)) return 2;
  const field = target === "b" ? fieldNameOf(name.key) : null;
  if (field?.component === "b" && field.sensor === null) return field.strength === "plain" ? 2 : 3;
  return ALIASES[target].weak.includes(name.key) ? 3 : null;
}

function axisFit(key: string, target: Target): Fit | null {
  const field = fieldNameOf(key);
  if (field === null || field.component !== target) return null;
  // Which of several sensors stands for the file is told by all of their columns together.
  if (field.sensor !== null) return null;
  return field.strength === "plain" ? 2 : field.strength === "raw" ? 3 : 4;
}

/** Names of a target, the best first: how it is called itself, and its aliases. */
export function aliasesOf(target: Target): readonly string[] {
  return [target, ...ALIASES[target].common];
}

/** Names a person may be told to use for a target. */
export function namesFor(target: Target): string {
  const aliases = ALIASES[target].common.slice(0, 3).concat(ALIASES[target].weak.slice(0, 1));
  const example = isFieldAxis(target) ? `, "Magnetic field ${target.at(-1)} (µT)"` : "";
  return `${target} (also read: ${aliases.join(", ")}${example})`;
}
