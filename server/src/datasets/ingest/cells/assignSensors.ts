import type { Assumption } from "@magtrace/contracts";
import type { FindingInput } from "../findings.ts";
import type { ColumnMapping, Target } from "../types.ts";
import { type ColumnName, FIELD_AXES } from "./columnNames.ts";
import { positionOf } from "./columnPosition.ts";
import { type FieldTarget, type SensorGroup, sensorGroups } from "./sensorColumns.ts";

/** A magnetometer of a row. The first one's channels are plain, the others' end in `@name`. */
export interface Sensor {
  readonly name: string;
  readonly columns: ReadonlyMap<FieldTarget, number>;
}

interface Options {
  readonly mapping: ColumnMapping | undefined;
  readonly line?: number;
  isText(position: number): boolean;
}

/**
 * Finds the sensors of a row, and gives the first one's columns their targets where the caller has not.
 *
 * @param assigned Gets the first sensor's columns.
 * @param faults Gets what is wrong with the sensors of the mapping.
 * @returns The first sensor first; empty where there is but one.
 */
export function assignSensors(
  options: Options,
  names: readonly ColumnName[],
  assigned: Map<Target, number>,
  faults: FindingInput[],
): Sensor[] {
  const { mapping } = options;
  const targets: readonly FieldTarget[] = [...FIELD_AXES, "b"];
  if (mapping?.sensors !== undefined) {
    const own = targets.flatMap((target): [FieldTarget, number][] => {
      const position = assigned.get(target);
      return position === undefined ? [] : [[target, position]];
    });
    return [{ name: "1", columns: new Map(own) }, ...mappedSensors(options, names, faults)];
  }
  const mapped = new Set(Object.values(mapping?.columns ?? {}).map((name) => name.trim().toLowerCase()));
  const isMapped = (position: number): boolean =>
    mapped.has(names[position].text.toLowerCase()) || mapped.has(`#${position + 1}`);
  const groups = sensorGroups(names, options.isText);
  const mappedField = targets.filter((target) => mapping?.columns?.[target] !== undefined);
  const first = groups.find(({ columns }) => [...columns.values()].some(isMapped)) ?? groups[0];
  if (first === undefined) return [];
  if (mappedField.length === 0) {
    for (const target of targets) assigned.delete(target);
    for (const [target, position] of first.columns) assigned.set(target, position);
    dropFieldFaults(faults, targets);
  }
  const used = new Set(assigned.values());
  const others = groups.filter((group) => {
    return group !== first && ![...group.columns.values()].some((position) => used.has(position));
  });
  const named = [first, ...others].map(
    (group): Sensor => ({ name: nameOf(group, groups), columns: group.columns }),
  );
  return named.length > 1 ? named : [];
}

/** What was said of columns that fit one target together is settled: they are of different sensors. */
function dropFieldFaults(faults: FindingInput[], targets: readonly Target[]): void {
  const left = faults.filter(({ code, column }) => {
    return code !== "column_ambiguous" || !targets.some((target) => target === column);
  });
  faults.splice(0, faults.length, ...left);
}

/** As the header calls it. Without a tag it is the first, or what comes before. */
function nameOf({ tag }: SensorGroup, groups: readonly SensorGroup[]): string {
  if (tag !== null) return tag;
  return groups.some((group) => group.tag === "1") ? "0" : "1";
}

function mappedSensors(
  { mapping, line }: Options,
  names: readonly ColumnName[],
  faults: FindingInput[],
): Sensor[] {
  const at = line === undefined ? {} : { line };
  const taken = new Set<string>();
  return Object.entries(mapping?.sensors ?? {}).flatMap(([given, wanted]): Sensor[] => {
    const columns = new Map<FieldTarget, number>();
    for (const [target, text] of Object.entries(wanted) as [FieldTarget, string][]) {
      const position = positionOf(text, names);
      if (position >= 0) columns.set(target, position);
      else {
        const expected = `the column the mapping names for ${target} of sensor "${given}"`;
        faults.push({ ...at, code: "column_unknown", column: target, value: text, expected });
      }
    }
    const name = given.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    const isWhole = columns.has("b") || FIELD_AXES.every((axis) => columns.has(axis));
    if (name !== "" && !taken.has(name) && isWhole) {
      taken.add(name);
      return [{ name, columns }];
    }
    const expected = "a name of its own for each sensor of the mapping, and its b_x, b_y and b_z, or its b";
    faults.push({ ...at, code: "column_missing", column: "sensors", value: given, expected });
    return [];
  });
}

/** A column's name, or where several have it, its place. */
function placeOf(names: readonly ColumnName[], position: number): string {
  const { text } = names[position];
  const isOnly = names.every((name, i) => i === position || name.text.toLowerCase() !== text.toLowerCase());
  return isOnly && text !== "" ? text : `#${position + 1}`;
}

/** That one of several sensors is the field, and how another would be. */
export function sensorAssumption(names: readonly ColumnName[], sensors: readonly Sensor[]): Assumption {
  const [first, ...others] = sensors;
  const columnsOf = ({ columns }: Sensor): string => {
    return [...columns.values()].map((position) => names[position].text).join(", ");
  };
  const channels = others.map(({ name, columns }) =>
    [...columns.keys()].map((key) => `${key}@${name}`).join(", "),
  );
  return {
    subject: "sensors",
    taken: `Sensor ${first.name} (${columnsOf(first)}) is ${[...first.columns.keys()].join(", ")}; the others became ${channels.join("; ")}.`,
    reason: `Each row has the readings of ${sensors.length} magnetometers, and the first in the header was taken first.`,
    column: null,
    others: others.map((sensor) => ({
      label: `Sensor ${sensor.name} first (${columnsOf(sensor)})`,
      mapping: {
        columns: Object.fromEntries(
          [...sensor.columns].map(([target, position]) => [target, placeOf(names, position)]),
        ),
      },
    })),
  };
}
