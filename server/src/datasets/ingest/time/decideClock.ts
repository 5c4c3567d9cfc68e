import type { Assumption } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import { UndecidedFile } from "../findings.ts";
import { timeChoice } from "./asking.ts";
import { wordsOf } from "./columnWords.ts";
import type { HeadColumn } from "./headColumn.ts";
import { readsAs } from "./textTimes.ts";
import type { Decided, TimeInput } from "./timeInput.ts";

const clock = (form: TimeReading["form"], more: Partial<TimeReading> = {}): TimeReading => {
  return { form, usPerUnit: 0, zone: true, ...more };
};
const HOURS_MINUTES = clock("hours_minutes");
const MINUTES = clock("minutes");

/** How the times of day of a column are written; null where it holds none. @throws {UndecidedFile} two ways fit. */
export async function decideClock(column: HeadColumn, input: TimeInput): Promise<Decided | null> {
  const first = column.cells.find((cell) => /^\d+:\d\d/.test(cell));
  if (first === undefined) return null;
  for (const meridiem of [true, false]) {
    for (const form of ["clock", "hours_minutes"] as const) {
      const reading = clock(form, meridiem ? { meridiem } : {});
      if (form === "hours_minutes" && !meridiem) continue;
      if (readsAs(first, reading, input.decimal))
        return { reading: await running(reading, column, input), assumptions: [] };
    }
  }
  if (/^\d{2,4}:\d\d:\d\d([.,]\d+)?$/.test(first))
    return { reading: clock("clock", { runsOn: true }), assumptions: [] };
  if (/^\d{1,4}:\d\d([.,]\d+)?$/.test(first)) return await decidePair(column, input);
  return null;
}

/** A clock that passes 23 hours or 59 minutes counts from a start, and never begins anew. */
async function running(reading: TimeReading, column: HeadColumn, _input: TimeInput): Promise<TimeReading> {
  const limit = reading.form === "minutes" ? 60 : 24;
  const beyond = column.cells.some(
    (cell) => Number.parseInt(cell, 10) >= limit && !/^24:00(:00([.,]0*)?)?$/.test(cell),
  );
  return beyond ? { ...reading, runsOn: true } : reading;
}

/** `12:34`: hours and minutes, or minutes and seconds. */
async function decidePair(column: HeadColumn, input: TimeInput): Promise<Decided> {
  const minutes = async (): Promise<Decided> => ({
    reading: await running(MINUTES, column, input),
    assumptions: [],
  });
  if (column.cells.some((cell) => /[.,]\d+$/.test(cell))) return await minutes();
  const name = column.name.toLowerCase();
  const words = wordsOf(column.name);
  if (/hh:?mm(?!:?ss)/.test(name)) return { reading: HOURS_MINUTES, assumptions: [] };
  if (/mm:?ss|min:?sec/.test(name)) return await minutes();
  if (words.includes("elapsed") || words.includes("duration")) return await minutes();
  const seen = await pairsOf(column, input);
  if (seen.mostLead >= 24 || seen.fraction) {
    const reading = seen.mostLead >= 60 ? { ...MINUTES, runsOn: true } : MINUTES;
    return { reading, assumptions: [] };
  }
  if (seen.wrapsAtDay) return { reading: HOURS_MINUTES, assumptions: [] };
  const others = (form: "minutes" | "hours_minutes", label: string): Assumption["others"] => {
    return [timeChoice(label, { form }, column.name)];
  };
  if (seen.wholeDay) {
    const assumption: Assumption = {
      subject: "time_form",
      taken: "The times are hours and minutes.",
      reason: "They go from 00:00 to 23:59, as a day does.",
      column: column.name,
      others: others("minutes", "minutes and seconds"),
    };
    return { reading: HOURS_MINUTES, assumptions: [assumption] };
  }
  throw new UndecidedFile([
    {
      subject: "time_form",
      asked: `Is "${column.cells[0]}" hours and minutes, or minutes and seconds?`,
      reason: "Both fit every row of the file.",
      column: column.name,
      choices: [...others("hours_minutes", "hours and minutes"), ...others("minutes", "minutes and seconds")],
    },
  ]);
}

interface SeenPairs {
  mostLead: number;
  fraction: boolean;
  wrapsAtDay: boolean;
  wholeDay: boolean;
}

async function pairsOf(column: HeadColumn, input: TimeInput): Promise<SeenPairs> {
  const seen: SeenPairs = { mostLead: 0, fraction: false, wrapsAtDay: false, wholeDay: false };
  let before = -1;
  let first = -1;
  const visit = (cell: string): boolean => {
    const pair = /^\s*(\d{1,4}):(\d\d)([.,]\d+)?\s*$/.exec(cell);
    if (pair === null) return true;
    const lead = Number(pair[1]);
    const all = lead * 60 + Number(pair[2]);
    if (first < 0) first = all;
    seen.mostLead = Math.max(seen.mostLead, lead);
    seen.fraction ||= pair[3] !== undefined;
    // Back by nearly a day, or by nearly an hour of minutes.
    if (before >= 0 && before - all > 20 * 60 && before >= 22 * 60 && all < 2 * 60) seen.wrapsAtDay = true;
    before = all;
    return true;
  };
  if (input.scan === null) column.cells.forEach(visit);
  else await input.scan(column.position, visit);
  seen.wholeDay = first === 0 && before === 23 * 60 + 59;
  return seen;
}

/** `HHMMSS`, told from a number that counts: none of its minutes or seconds may be over 59. */
export async function decideDigitClock(
  column: HeadColumn,
  input: TimeInput,
  dateBeside: boolean,
): Promise<Decided | null> {
  const reading = clock("hhmmss");
  if (column.cells.length === 0) return null;
  const fits = (cell: string): boolean =>
    /^\d{3,6}([.,]\d{1,6})?$/.test(cell) && readsAs(cell, reading, input.decimal);
  const width = Math.max(...column.cells.map((cell) => /^\d*/.exec(cell)![0].length));
  if (width < 5 && !dateBeside) return null;
  // One in ten may be damaged; of a count, two in three do not fit.
  if (column.cells.filter(fits).length < column.cells.length * 0.9) return null;
  const words = wordsOf(column.name);
  const said = words.some((word) => /^(hhmmss|hhmm|hms|utc|gmt|clock|rtc|uhrzeit|heure|hora)$/.test(word));
  const padded =
    column.cells.every((cell) => /^\d{6}/.test(cell)) && column.cells.some((cell) => cell.startsWith("0"));
  if (said || padded || minuteEnds(column.numbers ?? [])) return { reading, assumptions: [] };
  // Over a minute or more a plain count would have shown a 60.
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  let rows = 0;
  let unfit = 0;
  const visit = (cell: string): boolean => {
    const text = cell.trim();
    if (text === "") return true;
    rows++;
    if (!fits(text)) unfit++;
    const value = Number.parseFloat(text);
    highest = Math.max(highest, value);
    lowest = Math.min(lowest, value);
    return unfit < 1000;
  };
  if (input.scan === null) column.cells.forEach(visit);
  else await input.scan(column.position, visit);
  if (unfit > rows * 0.1) return null;
  if (dateBeside || highest - lowest >= 100) return { reading, assumptions: [] };
  // Within a minute both have the same steps, and counts seldom have six digits and a fraction.
  if (width === 6 && column.cells.some((cell) => /[.,]\d/.test(cell)))
    return { reading, assumptions: [digitAssumption(column)] };
  if (!words.includes("time") || highest - lowest < 1) return undecidedDigits(column);
  return null;
}

function digitAssumption(column: HeadColumn): Assumption {
  return {
    subject: "time_form",
    taken: "The times are times of day, HHMMSS.",
    reason: "None of them has minutes or seconds over 59.",
    column: column.name,
    others: digitChoices(column).slice(1),
  };
}

function digitChoices(column: HeadColumn): Assumption["others"] {
  return [
    timeChoice("a time of day, HHMMSS", { form: "hhmmss" }, column.name),
    timeChoice("seconds since a start", { form: "seconds", unit: "s" }, column.name),
    timeChoice("milliseconds since a start", { form: "seconds", unit: "ms" }, column.name),
  ];
}

/** A step from …59 to …00, 41 (or, in tenths, 40.1) more than a step is as a rule. */
function minuteEnds(values: readonly number[]): boolean {
  for (let i = 1; i < values.length; i++) {
    const step = values[i] - values[i - 1];
    if (step > 40 && values[i] % 100 < 30 && values[i - 1] % 100 >= 30 && values[i - 1] % 100 < 60)
      return true;
  }
  return false;
}

function undecidedDigits(column: HeadColumn): never {
  throw new UndecidedFile([
    {
      subject: "time_form",
      asked: `Is "${column.cells[0]}" a time of day (HHMMSS), or a count of seconds?`,
      reason: "Both fit every row of the file.",
      column: column.name,
      choices: digitChoices(column),
    },
  ]);
}
