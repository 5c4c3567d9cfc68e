import type { Target } from "../types.ts";
import { type ColumnName, FIELD_AXES, type Fit, fitOf } from "./columnNames.ts";

/** The columns of one magnetometer: its three axes, or its total field. */
export interface SensorGroup {
  /** As the header tells it from the others: `2`, `upper`; null where its columns have plain names. */
  readonly tag: string | null;
  readonly columns: ReadonlyMap<FieldTarget, number>;
}

export type FieldTarget = Extract<Target, "b_x" | "b_y" | "b_z" | "b">;

const FIELD_TARGETS: readonly FieldTarget[] = [...FIELD_AXES, "b"];
/** Fits from here on mean little without company: `x`, `f`. */
const WEAK: Fit = 3;
/** Words that tell one sensor from another where they stand as a word of their own. */
const PLACES = new Set(
  "upper lower top bottom left right front back rear inner outer port starboard base rover ref reference primary secondary a b c d".split(
    " ",
  ),
);
/** A sensor's word and number, which stand before or behind the axis and are no part of it: `sensor1_x`. */
const NUMBERED = /^(?:sensor|sens|s|probe|head|unit|ch|channel|fluxgate|fgm|fg)(\d+)$/;

interface Reading {
  readonly tag: string | null;
  readonly target: FieldTarget;
  readonly isWeak: boolean;
}

/**
 * Finds the magnetometers of a row that has several: `B1x … B2z`, `mag1_x …`, `mx0 …`, `F1, F2`, `b_upper, b_lower`.
 * Sensors of axes go before those of total field; what fits neither is left to be an ordinary column.
 *
 * @returns In the header's order. One sensor alone only where its columns have a tag; empty where plain names do.
 */
export function sensorGroups(
  names: readonly ColumnName[],
  isText: (position: number) => boolean,
): SensorGroup[] {
  const byTag = new Map<
    string | null,
    { columns: Map<FieldTarget, number>; isWeak: boolean; isDouble: boolean }
  >();
  for (const [position, name] of names.entries()) {
    const reading = readingOf(name);
    if (reading === null || isText(position)) continue;
    const { target } = reading;
    const tag = tagOfRepeated(reading, name, names.slice(0, position));
    const group = byTag.get(tag) ?? { columns: new Map(), isWeak: false, isDouble: false };
    byTag.set(tag, group);
    group.isDouble ||= group.columns.has(target);
    group.isWeak ||= reading.isWeak;
    group.columns.set(target, position);
  }
  const groups = [...byTag].flatMap(([tag, { columns, isWeak, isDouble }]) =>
    isDouble ? [] : [{ tag, isWeak, columns }],
  );
  const vectors = groups.filter(({ columns }) => FIELD_AXES.every((axis) => columns.has(axis)));
  const scalars = groups.filter(({ columns }) => columns.size === 1 && columns.has("b"));
  const found = (vectors.length > 0 ? vectors : scalars).map(({ tag, isWeak, columns }) => {
    const own = FIELD_TARGETS.filter(
      (target) => columns.has(target) && (target === "b") === (vectors.length === 0),
    );
    return { tag, isWeak, columns: new Map(own.map((target) => [target, columns.get(target)!])) };
  });
  // `x1, y1, z1` beside `b_x, b_y, b_z` is anything but a second sensor.
  const strong = found.filter(({ isWeak }) => !isWeak);
  const kept = strong.length > 0 && vectors.length > 0 ? strong : found;
  const isSeveral =
    kept.length > 1 || (kept[0]?.tag != null && kept[0].isWeak === false && vectors.length > 0);
  return isSeveral ? kept : [];
}

/** The same name once more is the next sensor's: `Bx, By, Bz, Bx, By, Bz`. Names that mean little are not. */
function tagOfRepeated(
  { tag, target, isWeak }: Reading,
  { key }: ColumnName,
  before: readonly ColumnName[],
): string | null {
  const times = before.filter((other) => other.key === key).length;
  if (times === 0 || (isWeak && target !== "b")) return tag;
  return tag === null ? String(times + 1) : `${tag}-${times + 1}`;
}

function readingOf(name: ColumnName): Reading | null {
  const plain = fieldFit(name);
  if (plain !== null) return { tag: null, ...plain };
  for (const { stem, tag } of withoutTag(name.key)) {
    const fit = fieldFit({ ...name, text: stem, key: stem });
    if (fit !== null) return { tag, ...fit };
  }
  return null;
}

function fieldFit(name: ColumnName): Pick<Reading, "target" | "isWeak"> | null {
  for (const target of FIELD_TARGETS) {
    const fit = fitOf(name, target);
    if (fit !== null) return { target, isWeak: fit >= WEAK };
  }
  return null;
}

/** What is left of a name without what may tell its sensor from others. */
function withoutTag(key: string): { stem: string; tag: string }[] {
  const words = key.split("_");
  const without = (i: number): string => words.filter((_, k) => k !== i).join("_");
  const found: { stem: string; tag: string }[] = [];
  for (const [i, word] of words.entries()) {
    const numbered = NUMBERED.exec(word);
    if (numbered !== null) found.push({ stem: without(i), tag: numbered[1] });
    if (PLACES.has(word)) found.push({ stem: without(i), tag: word });
  }
  const digits = key.match(/\d{1,3}/g);
  if (digits?.length === 1) {
    const stem = key
      .replace(digits[0], "")
      .replace(/_{2,}/g, "_")
      .replace(/^_+|_+$/g, "");
    found.push({ stem, tag: String(Number(digits[0])) });
  }
  return found;
}
