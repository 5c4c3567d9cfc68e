import { readingOf, scannedTime, scanTime, type TimeReading } from "../cells/parseTime.ts";
import type { WrittenDate } from "./dateStyle.ts";

const ORDERS = ["dmy", "mdy", "ymd", "named", "ymd_digits", "year_day", "dmy_digits", "mdy_digits"] as const;
const CLOCKS = ["colons", "digits", "none"] as const;

export function readsAs(cell: string, reading: TimeReading, decimal: number): boolean {
  const bytes = Buffer.from(cell);
  const us = scanTime(bytes, 0, bytes.length, reading, decimal, true);
  return !Number.isNaN(us) && scannedTime() === bytes.length;
}

export function timeOf(cell: string, reading: TimeReading, decimal: number): number {
  const bytes = Buffer.from(cell);
  const us = scanTime(bytes, 0, bytes.length, reading, decimal, true);
  return scannedTime() === bytes.length ? us : Number.NaN;
}

/** Letters behind a date and time that may name a zone. */
function zoneNameOf(cell: string): string | null {
  const name = /\d[ ]?([A-Z][A-Za-z]{1,4})$/.exec(cell)?.[1] ?? null;
  return name === null || /^(AM|PM|UTC|GMT|Z)$/i.test(name) ? null : name;
}

/** Every way of writing a date and time that the cell can be; ISO 8601 alone where it is that. */
export function textReadings(cell: string, decimal: number): TimeReading[] {
  const iso = readingOf(cell, decimal, null);
  if (iso !== null && iso.form === "datetime") return [iso];
  const zoneName = zoneNameOf(cell);
  const found: TimeReading[] = [];
  for (const order of ORDERS) {
    for (const clock of CLOCKS) {
      for (const meridiem of clock === "colons" ? [false, true] : [false]) {
        for (const zone of clock === "none" || zoneName !== null ? [false] : [false, true]) {
          const written: WrittenDate = {
            order,
            clock,
            meridiem,
            zoneName: clock === "none" ? null : zoneName,
          };
          const form = order === "year_day" ? "day_of_year" : "datetime";
          const reading: TimeReading = { form, usPerUnit: 0, zone, written };
          if (readsAs(cell, reading, decimal)) found.push(reading);
        }
      }
    }
  }
  return found;
}

/** Every way of writing a date alone that the cell can be. @param digits Whether digits in a row may be one. */
export function dateReadings(cell: string, decimal: number, digits: boolean): TimeReading[] {
  return ORDERS.filter((order) => digits || !order.endsWith("_digits"))
    .map((order): TimeReading => {
      const written: WrittenDate = { order, clock: "none", meridiem: false, zoneName: null };
      return { form: order === "year_day" ? "day_of_year" : "datetime", usPerUnit: 0, zone: false, written };
    })
    .filter((reading) => readsAs(cell, reading, decimal));
}

/** Every way of writing a date and a time of day without a zone that the cell can be. */
export function dateTimeReadings(cell: string, decimal: number): TimeReading[] {
  return ORDERS.filter((order) => !order.endsWith("_digits"))
    .flatMap((order) => [false, true].map((meridiem) => ({ order, meridiem })))
    .map(({ order, meridiem }): TimeReading => {
      const written: WrittenDate = { order, clock: "colons", meridiem, zoneName: null };
      return { form: "datetime", usPerUnit: 0, zone: false, written };
    })
    .filter((reading) => readsAs(cell, reading, decimal));
}

/** Those of the readings that fit most cells. */
export function fittingMost(
  readings: readonly TimeReading[],
  cells: readonly string[],
  decimal: number,
): { readings: TimeReading[]; fitting: number } {
  let fitting = 0;
  let best: TimeReading[] = [];
  for (const reading of readings) {
    const count = cells.filter((cell) => readsAs(cell, reading, decimal)).length;
    if (count > fitting) best = [];
    if (count >= fitting) best.push(reading);
    fitting = Math.max(fitting, count);
  }
  return { readings: best, fitting };
}
