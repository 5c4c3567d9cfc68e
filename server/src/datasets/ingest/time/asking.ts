import type { Assumption, Choice, ColumnMapping, Question, TimeMapping } from "@magtrace/contracts";
import { type FindingInput, RefusedFile, UndecidedFile } from "../findings.ts";

/** A way to read the time, as one click. */
export function timeChoice(label: string, time: TimeMapping, column: string | null): Choice {
  const columns: ColumnMapping =
    column === null || column === "" ? {} : { columns: { timestamp_pc: column } };
  return { label, mapping: { ...columns, time } };
}

const ZONES: readonly (readonly [zone: string, label: string])[] = [
  ["Z", "UTC"],
  ["+01:00", "+01:00 (Central Europe in winter, London in summer)"],
  ["+02:00", "+02:00 (Central Europe in summer)"],
  ["-05:00", "-05:00 (New York in winter)"],
  ["-04:00", "-04:00 (New York in summer)"],
  ["-08:00", "-08:00 (Los Angeles in winter)"],
  ["-07:00", "-07:00 (Los Angeles in summer)"],
  ["+08:00", "+08:00 (China, Western Australia)"],
  ["+09:00", "+09:00 (Japan, Korea)"],
];

export function zoneChoices(withUtc: boolean): Choice[] {
  return ZONES.slice(withUtc ? 0 : 1).map(([zone, label]) => ({ label, mapping: { time: { zone } } }));
}

export function zoneAssumption(column: string | null, reason = "The times name no zone."): Assumption {
  return { subject: "time_zone", taken: "The times are UTC.", reason, column, others: zoneChoices(false) };
}

export function zoneQuestion(column: string, name: string): Question {
  return {
    subject: "time_zone",
    asked: `How far from UTC is "${name}" here?`,
    reason: "Such names stand for several zones in the world, and change with summer time.",
    column,
    choices: zoneChoices(true),
  };
}

/** A refusal that carries a question, in the words of a finding of another kind. */
export function refusedWithQuestion(finding: FindingInput, question: Question): UndecidedFile {
  return new UndecidedFile([question], [finding]);
}

export function refusal(column: string, value: string, expected: string): RefusedFile {
  return new RefusedFile({ code: "not_a_time", column, value, expected });
}

const RATES_HZ = [1, 10, 50, 100, 200, 1000];

export function rateQuestion(): Question {
  return {
    subject: "time_column",
    asked: "How many rows were taken in a second?",
    reason: "The file has no column of times.",
    column: null,
    choices: RATES_HZ.map((rate_hz) => ({
      label: `${rate_hz} rows a second`,
      mapping: { time: { form: "rate", rate_hz } },
    })),
  };
}

/** Offset from UTC as a mapping has it, µs to the east. */
export function zoneUsOf(zone: string): number {
  const parts = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (parts === null) return 0;
  const us = Number(parts[2]) * 3600e6 + Number(parts[3]) * 60e6;
  return parts[1] === "-" ? -us : us;
}
