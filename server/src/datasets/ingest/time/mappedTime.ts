import type { TimeMapping } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import { EXCEL_ZERO_US, MATLAB_ZERO_US } from "./calendar.ts";
import type { HeadColumn } from "./headColumn.ts";
import { dayResolutionUs, days, decimalPlaces, julianDays, usPerMappedUnit } from "./numberTimes.ts";
import { textReadings } from "./textTimes.ts";

/** The forms that a caller's word on the time leaves open, as readings; the first that fits is meant. */
export function mappedReadings(
  { form, unit }: TimeMapping,
  column: HeadColumn,
  headerUnit: number | null,
  decimal: number,
): TimeReading[] {
  const usPerUnit = unit === undefined ? (headerUnit ?? 1e6) : usPerMappedUnit(unit);
  const plain = (one: TimeReading["form"], us = 0): TimeReading => ({ form: one, usPerUnit: us, zone: true });
  switch (form) {
    case undefined: {
      const epochs = { 1e6: "epoch_s", 1e3: "epoch_ms", 1: "epoch_us", 0.001: "epoch_ns" } as const;
      const epoch = epochs[String(usPerUnit) as unknown as keyof typeof epochs];
      const seconds = plain("seconds", usPerUnit);
      return epoch === undefined ? [seconds] : [seconds, plain(epoch, usPerUnit)];
    }
    case "epoch_s":
      return [plain(form, 1e6)];
    case "epoch_ms":
      return [plain(form, 1e3)];
    case "epoch_us":
      return [plain(form, 1)];
    case "epoch_ns":
      return [plain(form, 1e-3)];
    case "seconds":
      return [plain(form, usPerUnit)];
    case "excel_days":
    case "matlab_days": {
      const roundUs = dayResolutionUs(column.numbers?.[0] ?? 1, decimalPlaces(column.cells));
      return [{ ...days(form, form === "excel_days" ? EXCEL_ZERO_US : MATLAB_ZERO_US), roundUs }];
    }
    case "julian_days": {
      const roundUs = dayResolutionUs(column.numbers?.[0] ?? 1, decimalPlaces(column.cells));
      return [{ ...julianDays(column.numbers?.[0] ?? 0), roundUs }];
    }
    case "datetime":
    case "day_of_year":
      return textReadings(column.cells[0] ?? "", decimal).filter((one) => one.form === form);
    case "clock":
      return [plain(form), { ...plain(form), meridiem: true }, { ...plain(form), runsOn: true }];
    case "minutes":
      return [
        column.cells.some((cell) => Number.parseInt(cell, 10) >= 60)
          ? { ...plain(form), runsOn: true }
          : plain(form),
      ];
    case "hours_minutes":
      return [plain(form), { ...plain(form), meridiem: true }];
    case "hhmmss":
      return [plain(form)];
    default:
      return [];
  }
}
