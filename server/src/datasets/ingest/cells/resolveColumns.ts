import type { Assumption } from "@magtrace/contracts";
import { type FindingInput, RefusedFile } from "../findings.ts";
import { rateQuestion, refusedWithQuestion } from "../time/asking.ts";
import type { TimeChoice } from "../time/timeInput.ts";
import type { ColumnMapping, FieldUnit, SourceColumn, SourceReport, Target } from "../types.ts";
import { assignSensors, type Sensor } from "./assignSensors.ts";
import { ChannelNames } from "./channelNames.ts";
import { chooseFieldUnit, type FieldUnitChoice, type FileContext } from "./chooseFieldUnit.ts";
import {
  type ColumnName,
  columnNameAbove,
  FIELD_AXES,
  fitOf,
  isFieldTarget,
  namesFor,
  TARGETS,
  VALUE_TARGETS,
} from "./columnNames.ts";
import { positionOf } from "./columnPosition.ts";
import { nearestTo } from "./nearestNames.ts";
import { fieldAssumptions, type MeasuredTotal, measuredTotal, settleField } from "./totalField.ts";

/** A column of numbers: where it stands and what becomes of it. */
export interface ValueColumn {
  /** Position in the file's rows. */
  readonly position: number;
  /** Name in the file. */
  readonly name: string;
  readonly channel: string;
  /** The file's number times this is the channel's. */
  readonly factor: number;
  /** A column we know nothing about: what is no number in it is a missing value, not a fault. */
  readonly extra: boolean;
}

export interface ResolvedColumns {
  readonly time: TimeChoice;
  readonly sensor: { readonly position: number; readonly name: string } | null;
  /** A column of text whose runs of equal values can become labels; taken where the mapping asks for them. */
  readonly label: { readonly position: number; readonly name: string; readonly taken: boolean } | null;
  /**
   * b_x, b_y, b_z (or b, where there are no axes) first, then what is known, then the columns of further sensors
   * (`b_x@2` …), then the rest in the file's order.
   */
  readonly values: readonly ValueColumn[];
  readonly unit: FieldUnit;
  readonly unitFrom: SourceReport["unit_from"];
  readonly app: string | null;
  /** What the sizes of the values must say of the unit. */
  readonly byMagnitude?: FieldUnitChoice["byMagnitude"];
  readonly columns: readonly SourceColumn[];
  /** Columns of text nobody knows, left out. */
  readonly ignored: readonly string[];
  /** What was taken of the columns without being said. */
  readonly assumptions?: readonly Assumption[];
  readonly measuredTotal?: MeasuredTotal | null;
}

/** How many columns of a file are read. */
export function columnsRead({ time, values, sensor }: ResolvedColumns): number {
  return time.positions.length + values.length + (sensor === null ? 0 : 1);
}

export interface ResolveOptions {
  readonly header: readonly string[];
  readonly mapping: ColumnMapping | undefined;
  readonly maxColumns: number;
  /** As `decideTime` answers. */
  readonly time: TimeChoice | RefusedFile | null;
  /** Line of the header, for findings; undefined in binary formats. */
  readonly line?: number;
  /** Cells of a row of units below the header. */
  readonly units?: readonly string[] | null;
  readonly context?: FileContext;
  /** Whether an unknown column holds text, judged by its first rows. */
  isText(position: number): boolean;
}

/**
 * Decides what each column of a header is.
 *
 * @throws {RefusedFile} a required column missing, two that claim one place, a mapping to a column that is not
 * there, too many columns.
 */
export function resolveColumns(options: ResolveOptions): ResolvedColumns {
  const { header, mapping, maxColumns } = options;
  const at = options.line === undefined ? {} : { line: options.line };
  if (header.length > maxColumns) {
    throw new RefusedFile({
      ...at,
      code: "too_many_columns",
      value: `${header.length} columns`,
      expected: `at most ${maxColumns} columns`,
    });
  }
  const names = header.map((cell, i) => columnNameAbove(cell, options.units?.[i] ?? ""));
  const faults: FindingInput[] = [];
  const { time } = options;
  const timePositions = time === null || time instanceof RefusedFile ? [] : time.positions;
  const assigned = assignTargets(names, options, faults, at, timePositions);
  const sensors = assignSensors(options, names, assigned, faults);
  if (assigned.has("b") && mapping?.columns?.b === undefined) settleField(assigned, mapping);
  const isScalar = assigned.has("b") && !FIELD_AXES.every((axis) => assigned.has(axis));
  for (const target of isScalar ? [] : FIELD_AXES) {
    const reported = faults.some((fault) => fault.column === target);
    if (!assigned.has(target) && !reported) faults.push(missing(target, names, assigned, at));
  }
  if (time === null) {
    const fault = missing("timestamp_pc", names, assigned, at);
    const remedy = `${fault.expected}; or how many rows were taken in a second (mapping time.rate_hz)`;
    const finding = { ...fault, expected: remedy };
    if (faults.length === 0) throw refusedWithQuestion(finding, rateQuestion());
    faults.unshift(finding);
  } else if (time instanceof RefusedFile) {
    if (faults.length === 0) throw time;
    faults.unshift(...time.findings);
  }
  if (faults.length > 0 || time === null || time instanceof RefusedFile) throw new RefusedFile(...faults);
  return described(options, names, assigned, { time, sensors });
}

function assignTargets(
  names: readonly ColumnName[],
  { mapping, isText }: ResolveOptions,
  faults: FindingInput[],
  at: { line?: number },
  timePositions: readonly number[],
): Map<Target, number> {
  const assigned = new Map<Target, number>();
  for (const [target, wanted] of Object.entries(mapping?.columns ?? {}) as [Target, string][]) {
    if (target === "timestamp_pc") continue;
    const position = positionOf(wanted, names);
    if (position >= 0 && [...assigned.values(), ...timePositions].includes(position)) {
      const expected = `a column of its own for ${target}; the mapping uses this one twice`;
      faults.push({ ...at, code: "column_ambiguous", column: target, value: wanted, expected });
    } else if (position >= 0) assigned.set(target, position);
    else {
      const expected = `the column the mapping names for ${target}; the header has ${listed(names)}`;
      faults.push({ ...at, code: "column_unknown", column: target, value: wanted, expected });
    }
  }
  const mapped = new Set([...assigned.values(), ...timePositions, ...ignoredPositions(names, mapping)]);
  // A scalar magnetometer's compass, which says where it was pointed, is no field beside its reading.
  const isCompass = ({ key }: ColumnName): boolean => key.includes("compass");
  if (names.some((name, i) => !isCompass(name) && fitOf(name, "b") !== null && !isText(i)))
    for (const [i, name] of names.entries()) if (isCompass(name)) mapped.add(i);
  for (const target of TARGETS) {
    if (target === "timestamp_pc" || assigned.has(target) || mapping?.columns?.[target] !== undefined)
      continue;
    const isTotal = target === "b";
    if (isTotal && FIELD_AXES.every((axis) => assigned.has(axis))) continue;
    const fits = names.map((name, i) =>
      mapped.has(i) || (isTotal && isText(i)) ? null : fitOf(name, target),
    );
    const best = Math.min(...fits.map((fit) => fit ?? Number.POSITIVE_INFINITY));
    const candidates = fits.flatMap((fit, i) => (fit === best ? [i] : []));
    if (candidates.length === 1) assigned.set(target, candidates[0]);
    else if (candidates.length > 1) {
      const value = candidates.map((i) => names[i].text).join(", ");
      const expected = `one column for ${target}, not ${candidates.length}; name one of them ${target}, or give a mapping`;
      faults.push({ ...at, code: "column_ambiguous", column: target, value, expected });
    }
  }
  return assigned;
}

function ignoredPositions(names: readonly ColumnName[], mapping: ColumnMapping | undefined): number[] {
  return (mapping?.ignore ?? []).map((name) => positionOf(name, names)).filter((position) => position >= 0);
}

function missing(
  target: Target,
  names: readonly ColumnName[],
  assigned: ReadonlyMap<Target, number>,
  at: { line?: number },
): FindingInput {
  const taken = new Set(assigned.values());
  const near = nearestTo(
    target,
    names.filter((_, i) => !taken.has(i)),
  );
  const hint = near.length > 0 ? `; nearest in this file: ${near.map((name) => `"${name}"`).join(", ")}` : "";
  return {
    ...at,
    code: "column_missing",
    column: target,
    value: names.map(({ text }) => text).join(","),
    expected: `a column ${namesFor(target)}${hint}`,
  };
}

function listed(names: readonly ColumnName[]): string {
  const shown = names.slice(0, 12).map(({ text }) => `"${text.slice(0, 40)}"`);
  return shown.join(", ") + (names.length > shown.length ? " …" : "");
}

function described(
  options: ResolveOptions,
  names: readonly ColumnName[],
  assigned: ReadonlyMap<Target, number>,
  { time, sensors }: { readonly time: TimeChoice; readonly sensors: readonly Sensor[] },
): ResolvedColumns {
  const { mapping } = options;
  const choice = chooseFieldUnit({
    names,
    positions: [
      ...[...assigned].flatMap(([target, position]) => (isFieldTarget(target) ? [position] : [])),
      ...sensors.slice(1).flatMap(({ columns }) => [...columns.values()]),
    ],
    mapping,
    context: options.context ?? { preamble: [] },
  });
  const further = sensors.slice(1).flatMap(({ name, columns }) =>
    [...columns].map(([target, position]): ValueColumn => {
      const factor = choice.factorOf(position);
      return { position, name: names[position].text, channel: `${target}@${name}`, factor, extra: false };
    }),
  );
  const taken = new Set([
    ...assigned.values(),
    ...time.positions,
    ...further.map(({ position }) => position),
  ]);
  const known = VALUE_TARGETS.flatMap((target): ValueColumn[] => {
    const position = assigned.get(target);
    if (position === undefined) return [];
    const factor = isFieldTarget(target) ? choice.factorOf(position) : 1;
    return [{ position, name: names[position].text, channel: target, factor, extra: false }];
  });
  const unwanted = new Set(ignoredPositions(names, mapping));
  const ignored: string[] = [];
  const channelNames = new ChannelNames();
  const extras = names.flatMap((name, position): ValueColumn[] => {
    if (taken.has(position) || unwanted.has(position)) return [];
    if (options.isText(position)) {
      if (name.text !== "") ignored.push(name.text);
      return [];
    }
    const channel = channelNames.take(name.text);
    return [{ position, name: name.text, channel, factor: 1, extra: true }];
  });
  const values = [...known, ...further, ...extras];
  const label = labelOf(names, mapping, (position) => !taken.has(position) && options.isText(position));
  const sensor = assigned.get("sensor_id");
  const becomes = new Map(values.map((column) => [column.position, column.channel]));
  for (const position of time.positions) becomes.set(position, "timestamp_pc");
  if (sensor !== undefined) becomes.set(sensor, "sensor_id");
  if (label?.taken) becomes.set(label.position, "label");
  return {
    time,
    sensor: sensor === undefined ? null : { position: sensor, name: names[sensor].text },
    label,
    values,
    unit: choice.unit,
    unitFrom: choice.from,
    app: choice.app,
    byMagnitude: choice.byMagnitude,
    columns: names.map((name, i): SourceColumn => {
      const channel = becomes.get(i) ?? null;
      const isField = channel !== null && isFieldTarget(channel.replace(/@.*/, "") as Target);
      return { name: name.text, becomes: channel, unit: isField ? choice.unitOf(i) : name.fieldUnit };
    }),
    ignored,
    assumptions: [...choice.assumptions, ...fieldAssumptions(mapping, names, assigned, sensors)],
    measuredTotal: measuredTotal(extras, names, known, choice.unit),
  };
}

/** What columns of labels are called, the likeliest first. */
const LABEL_NAMES = ["label", "labels", "annotation", "annotations", "activity", "state", "class"];

function labelOf(
  names: readonly ColumnName[],
  mapping: ColumnMapping | undefined,
  isFreeText: (position: number) => boolean,
): ResolvedColumns["label"] {
  const wanted = mapping?.columns?.label?.trim().toLowerCase();
  const position =
    wanted === undefined
      ? LABEL_NAMES.map((name) => names.findIndex(({ key }, at) => key === name && isFreeText(at))).find(
          (at) => at >= 0,
        )
      : names.findIndex(({ text }) => text.toLowerCase() === wanted);
  if (position === undefined || position < 0) return null;
  return { position, name: names[position].text, taken: wanted !== undefined };
}
