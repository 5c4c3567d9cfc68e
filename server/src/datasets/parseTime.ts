import type { TimeKind } from "@magtrace/series";
import { AppError } from "../errors.ts";

/** Reads what `formatTime` of the series writes, as µs. `where` names the parameter in the refusal. */
export function parseTime(kind: TimeKind, text: string, where: string): number {
  if (kind === "relative") {
    const seconds = Number(text);
    if (text.trim() !== "" && Number.isFinite(seconds)) return Math.round(seconds * 1e6);
    throw new AppError(
      "validation_failed",
      `${where} must be seconds since the start: this dataset has no dates.`,
    );
  }
  const found = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  const seconds = found ? Date.parse(`${found[1]!.replace(" ", "T")}${found[3] ?? "Z"}`) : Number.NaN;
  if (Number.isNaN(seconds)) {
    throw new AppError("validation_failed", `${where} must be a time like 2026-05-01T12:00:00.000Z.`);
  }
  return seconds * 1000 + Math.round(Number(`0.${found?.[2] ?? "0"}`) * 1e6);
}
