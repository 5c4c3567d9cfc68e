import { readingOf } from "../../cells/parseTime.ts";
import { timeOf } from "../../time/textTimes.ts";
import type { Hdf5Column } from "./hdf5Table.ts";

const POINT = 46;
const US_PER: readonly (readonly [RegExp, number])[] = [
  [/^n(ano)?s(ec(ond)?s?)?$/i, 1e-3],
  [/^(u|µ|micro)s(ec(ond)?s?)?$/i, 1],
  [/^(ms|milli?s(ec(ond)?s?)?|msecs?)$/i, 1e3],
  [/^s(ec(ond)?s?)?$/i, 1e6],
  [/^min(ute)?s?$/i, 60e6],
  [/^h((ou)?rs?)?$/i, 3600e6],
  [/^d(ays?)?$/i, 86400e6],
];

/**
 * `seconds since 2026-01-01 00:00:00` of CF, in UTC where it names no zone; `datetime64[ns]` of pandas, which may be in
 * any zone.
 *
 * @returns null where the text is neither. Source: CF Conventions 1.11, 4.4.
 */
export function timeUnitOf(units: string | null): Hdf5Column["time"] {
  const kind = /^datetime64(?:\[(\w+)(, ?[^\]]+)?\])?$/.exec(units ?? "");
  if (kind !== null)
    return { usPerUnit: usPer(kind[1] ?? "ns") ?? 1e-3, zeroUs: 0, zone: kind[2] !== undefined };
  const [, unit, since] = /^(\S{1,20}) since (.{4,60})$/i.exec(units ?? "") ?? [];
  const usPerUnit = usPer(unit ?? "");
  if (since === undefined || usPerUnit === null) return null;
  const zeroUs = dateUs(since.trim().replace(/ ?UTC$/i, "Z"));
  return zeroUs === null ? null : { usPerUnit, zeroUs, zone: true };
}

function usPer(unit: string): number | null {
  return US_PER.find(([word]) => word.test(unit))?.[1] ?? null;
}

function dateUs(text: string): number | null {
  const whole = /^\d{4}-\d\d?-\d\d?$/.test(text) ? `${text} 00:00:00` : text;
  const padded = whole.replace(/-(\d)(?=\D)/g, "-0$1").replace(/([ T])(\d):/, "$10$2:");
  const reading = readingOf(padded, POINT, null);
  return reading?.form === "datetime" ? timeOf(padded, reading, POINT) : null;
}
