import type { Assumption } from "@magtrace/contracts";
import type { ColumnMapping, FieldUnit, Target } from "../types.ts";
import { type Sensor, sensorAssumption } from "./assignSensors.ts";
import { type ColumnName, FIELD_AXES, fitOf } from "./columnNames.ts";
import { nanoteslaPer } from "./units.ts";

/** The file's own total field, kept as a channel beside the axes. Times `factor` it is nT. */
export interface MeasuredTotal {
  readonly name: string;
  readonly channel: string;
  readonly factor: number;
}

interface Placed {
  readonly position: number;
  readonly name: string;
  readonly channel: string;
}

/** Where there are three axes the total field is computed; where there are not, what looks like one is none. */
export function settleField(assigned: Map<Target, number>, mapping: ColumnMapping | undefined): void {
  const axes = FIELD_AXES.filter((axis) => assigned.has(axis));
  if (axes.length === FIELD_AXES.length || axes.some((axis) => mapping?.columns?.[axis] !== undefined))
    assigned.delete("b");
  else for (const axis of axes) assigned.delete(axis);
}

/** What was taken of the field's columns without being said. */
export function fieldAssumptions(
  mapping: ColumnMapping | undefined,
  names: readonly ColumnName[],
  assigned: ReadonlyMap<Target, number>,
  sensors: readonly Sensor[],
): Assumption[] {
  if (sensors.length > 1) return mapping?.sensors === undefined ? [sensorAssumption(names, sensors)] : [];
  const total = names[assigned.get("b")!];
  if (total === undefined || mapping?.columns?.b !== undefined) return [];
  const isPlain = total.fieldUnit !== null || (fitOf(total, "b") ?? 0) < 3;
  if (isPlain || assigned.has("b_x")) return [];
  return [
    {
      subject: "field_columns",
      taken: `Column "${total.text}" is the total field b.`,
      reason: "There are no columns of three axes, and its name is all that says so.",
      column: total.text,
      others: [],
    },
  ];
}

/** @returns The one column of total field among the extra ones, beside axes; null where there is none, or more. */
export function measuredTotal(
  extras: readonly Placed[],
  names: readonly ColumnName[],
  known: readonly Placed[],
  unit: FieldUnit,
): MeasuredTotal | null {
  if (known[0]?.channel !== "b_x" || known.some(({ channel }) => channel === "b")) return null;
  const totals = extras.filter(({ position }) => (fitOf(names[position], "b") ?? 3) < 3);
  if (totals.length !== 1) return null;
  const { position, name, channel } = totals[0];
  return { name, channel, factor: nanoteslaPer(names[position].fieldUnit ?? unit) };
}
