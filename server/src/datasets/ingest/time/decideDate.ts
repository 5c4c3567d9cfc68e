import type { Assumption, TimeMapping } from "@magtrace/contracts";
import type { TimeReading } from "../cells/parseTime.ts";
import { UndecidedFile } from "../findings.ts";
import { timeChoice } from "./asking.ts";
import { spelledOrder } from "./columnWords.ts";
import type { HeadColumn } from "./headColumn.ts";
import { fittingMost, timeOf } from "./textTimes.ts";
import type { Decided, TimeInput } from "./timeInput.ts";

type Order = NonNullable<TimeMapping["date_order"]>;

const DAY_US = 86400e6;
/** Between two readings of one date, of which the later is then taken. */
const YEARS_APART = 4;
const ORDER_WORDS: Readonly<Record<Order, string>> = {
  dmy: "day, month, year",
  mdy: "month, day, year",
  ymd: "year, month, day",
};

/** Order of a reading's numbers; null where it has a month's name, or none. */
export function orderOf({ written }: TimeReading): Order | null {
  return /^(dmy|mdy|ymd)/.exec(written?.order ?? "")?.[1] as Order | null;
}

/**
 * How the dates of a column are written. Which number is the day is told by any row of the file.
 *
 * @param readingsOf What a cell can be.
 * @returns null where the column holds no dates.
 * @throws {UndecidedFile} no row tells.
 */
export async function decideDate(
  column: HeadColumn,
  input: TimeInput,
  readingsOf: (cell: string) => TimeReading[],
): Promise<Decided | null> {
  const { decimal } = input;
  // The first cell that is a date at all; the parser finds those that differ.
  let readings: TimeReading[] = [];
  for (const cell of column.cells.slice(0, 20)) {
    readings = readingsOf(cell);
    if (readings.length > 0) break;
  }
  if (readings.length === 0) return null;
  readings = fittingMost(readings, column.cells, decimal).readings;
  const said = input.mapping?.time?.date_order ?? spelledOrder(column.name);
  const asSaid = readings.filter((one) => orderOf(one) === said);
  if (said !== null && asSaid.length > 0) readings = asSaid;
  // Points between the numbers: the day is first wherever that is written.
  if (column.cells.some((cell) => /^\d{1,2}\.\d{1,2}\.\d/.test(cell))) {
    const dotted = readings.filter((one) => orderOf(one) === "dmy");
    if (dotted.length > 0) readings = dotted;
  }
  if (readings.length === 1) return { reading: readings[0], assumptions: [] };
  return await byWholeFile(readings, column, input);
}

interface Followed {
  readonly reading: TimeReading;
  fitting: number;
  lastUs: number;
  /** Longest step between two rows, µs. */
  longestUs: number;
}

async function byWholeFile(readings: TimeReading[], column: HeadColumn, input: TimeInput): Promise<Decided> {
  const followed: Followed[] = readings.map((reading) => ({
    reading,
    fitting: 0,
    lastUs: Number.NaN,
    longestUs: 0,
  }));
  const visit = (cell: string): boolean => {
    for (const one of followed) {
      const us = timeOf(cell.trim(), one.reading, input.decimal);
      if (Number.isNaN(us)) continue;
      one.fitting++;
      one.longestUs = Math.max(one.longestUs, Math.abs(us - one.lastUs) || 0);
      one.lastUs = us;
    }
    return true;
  };
  if (input.scan === null) column.cells.forEach(visit);
  else await input.scan(column.position, visit);
  const most = Math.max(...followed.map(({ fitting }) => fitting));
  const left = followed.filter(({ fitting }) => fitting === most).sort((a, b) => a.longestUs - b.longestUs);
  if (left.length === 1) return { reading: left[0].reading, assumptions: [] };
  // Midnight passed: one way the next day follows, the other way the next month.
  if (left[0].longestUs < 4 * DAY_US && left[1].longestUs > 20 * DAY_US) {
    const reason = "Read so, the days of the file follow each other.";
    return { reading: left[0].reading, assumptions: [orderAssumption(left, column, reason)] };
  }
  const byYear = left.toSorted((a, b) => yearOf(b) - yearOf(a)).filter((one) => yearOf(one) <= thisYear());
  if (byYear.length > 0 && (byYear.length === 1 || yearOf(byYear[0]) - yearOf(byYear[1]) >= YEARS_APART)) {
    const [taken] = byYear;
    const reason = `Years have two digits: read so it is ${yearOf(taken)}, otherwise long ago or in the future.`;
    const others = left.filter((one) => one !== taken);
    return { reading: taken.reading, assumptions: [orderAssumption([taken, ...others], column, reason)] };
  }
  throw new UndecidedFile([
    {
      subject: "date_order",
      asked: `Is "${column.cells[0]}" written ${left.map(({ reading }) => orderWords(reading)).join(" or ")}?`,
      reason: "No row of the file has a number over 12 that would tell.",
      column: column.name,
      choices: left.map(({ reading }) => choiceOf(reading, column)),
    },
  ]);
}

function orderWords(reading: TimeReading): string {
  return ORDER_WORDS[orderOf(reading) ?? "ymd"];
}

function choiceOf(reading: TimeReading, _column: HeadColumn): Assumption["others"][number] {
  return timeChoice(orderWords(reading), { date_order: orderOf(reading) ?? "ymd" }, null);
}

function yearOf({ lastUs }: Followed): number {
  return new Date(lastUs / 1000).getUTCFullYear();
}

/** Recordings are not of the future, but for a clock that is a little ahead. */
function thisYear(): number {
  return new Date(Date.now() + DAY_US / 1000).getUTCFullYear();
}

function orderAssumption(
  [taken, ...others]: readonly Followed[],
  column: HeadColumn,
  reason: string,
): Assumption {
  return {
    subject: "date_order",
    taken: `Dates are ${orderWords(taken.reading)}.`,
    reason,
    column: column.name,
    others: others.map(({ reading }) => choiceOf(reading, column)),
  };
}
