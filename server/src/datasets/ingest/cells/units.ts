import type { FieldUnit } from "../types.ts";

/** nanotesla in one of each. */
const NT_PER: Readonly<Record<FieldUnit, number>> = {
  nT: 1,
  pT: 1e-3,
  µT: 1e3,
  mT: 1e6,
  T: 1e9,
  G: 1e5,
  mG: 1e2,
  Oe: 1e5,
  "A/m": 400 * Math.PI,
  "kA/m": 400_000 * Math.PI,
};

/** The main field at the Earth's surface lies well within this, nT. */
const EARTH_FIELD_NT = [10_000, 100_000] as const;

export function nanoteslaPer(unit: FieldUnit): number {
  return NT_PER[unit];
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  s: 1e6,
  sec: 1e6,
  secs: 1e6,
  second: 1e6,
  seconds: 1e6,
  ms: 1e3,
  msec: 1e3,
  millis: 1e3,
  milliseconds: 1e3,
  us: 1,
  µs: 1,
  μs: 1,
  microseconds: 1,
  ns: 1e-3,
  nanoseconds: 1e-3,
};

/** Microseconds in one of a unit of time, or null. */
export function microsecondsPer(text: string): number | null {
  return TIME_UNITS[text.trim().toLowerCase()] ?? null;
}

/**
 * The unit in which a magnitude would be the Earth's.
 *
 * @param fieldNt Median |b| as if the file were in nT.
 * @returns null when it lies within 10,000–100,000 nT as it is; else the unit that would bring it there, or
 * "none" when no unit would.
 */
export function fittingUnit(fieldNt: number): FieldUnit | "none" | null {
  const fits = (factor: number): boolean =>
    fieldNt * factor >= EARTH_FIELD_NT[0] && fieldNt * factor <= EARTH_FIELD_NT[1];
  if (fits(1)) return null;
  const order: readonly FieldUnit[] = ["µT", "G", "mG", "T", "mT", "pT"];
  return order.find((unit) => fits(NT_PER[unit])) ?? "none";
}
