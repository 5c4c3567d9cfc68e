import { formatDuration } from "../../ui/formatMoment.ts";
import { countOf, formatCount } from "../../ui/formatNumber.ts";

/** One remark of the quality report in words, with a row to look at where there is one. */
export interface Remark {
  readonly text: string;
  readonly rows: readonly number[];
  readonly isWarning: boolean;
  /** The column of text that can become labels, where the remark is of one. */
  readonly labelColumn?: string;
}

/** Notes that say what is there, and of nothing that is wrong. */
const PLAIN_NOTES: ReadonlySet<unknown> = new Set([
  "labels_in_file",
  "total_field_agrees",
  "column_renamed",
  "time_rounded",
]);

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const countIn = (value: unknown): number =>
  isObject(value) && typeof value.count === "number" ? value.count : 0;

function rowsIn(value: unknown): number[] {
  if (!isObject(value) || !Array.isArray(value.first)) return [];
  return value.first.flatMap((place: unknown) =>
    isObject(place) && typeof place.index === "number" ? [place.index] : [],
  );
}

/** The quality report as sentences, the server's own notes first. Fields it does not have are left out. */
export function readQuality(report: Json): Remark[] {
  const remarks: Remark[] = [];
  if (Array.isArray(report.notes)) {
    for (const note of report.notes as unknown[]) {
      if (isObject(note) && typeof note.message === "string") {
        const { code, column, message } = note;
        remarks.push({
          text: message,
          rows: [],
          isWarning: !PLAIN_NOTES.has(code),
          // Where it cannot become labels the message says why.
          ...(code === "labels_in_file" && typeof column === "string" && message.includes("can become labels")
            ? { labelColumn: column }
            : {}),
        });
      }
    }
  }
  const add = (value: unknown, sentence: (count: string) => string) => {
    const count = countIn(value);
    if (count > 0)
      remarks.push({ text: sentence(formatCount(count)), rows: rowsIn(value), isWarning: false });
  };
  add(report.gaps, (count) => `Gaps in time: ${count}. No line is drawn across them.`);
  if (isObject(report.longest_gap) && typeof report.longest_gap.step_us === "number") {
    const row = report.longest_gap.index;
    remarks.push({
      text: `The longest gap lasts ${formatDuration(report.longest_gap.step_us / 1e6)}.`,
      rows: typeof row === "number" ? [row] : [],
      isWarning: false,
    });
  }
  add(report.duplicate_times, (count) => `Readings with the time of the one before: ${count}.`);
  add(report.backward_steps, (count) => `Steps backward in time: ${count}.`);
  add(report.rate_changes, (count) => `Changes of the sampling rate: ${count}.`);
  add(report.rollovers, (count) => `Hour or day rollovers that were undone: ${count}.`);
  if (Array.isArray(report.missing)) {
    for (const entry of report.missing as unknown[]) {
      if (isObject(entry) && typeof entry.channel === "string" && countIn(entry) > 0) {
        remarks.push({
          text: `${entry.channel}: ${countOf(countIn(entry), "reading")} without a value.`,
          rows: [],
          isWarning: false,
        });
      }
    }
  }
  return remarks;
}

/** The rate of all of a recording; null where it has no usable time. */
export function samplingRate(report: Json): string | null {
  const rate = report.sampling_rate_hz;
  return rateWords(typeof rate === "number" ? rate : null);
}

/** "53.2 Hz", "1 reading every 60 s". */
export function rateWords(rateHz: number | null): string | null {
  if (rateHz === null || !(rateHz > 0)) return null;
  return rateHz >= 1
    ? `${Number(rateHz.toPrecision(4))} Hz`
    : `1 reading every ${formatDuration(1 / rateHz)}`;
}
