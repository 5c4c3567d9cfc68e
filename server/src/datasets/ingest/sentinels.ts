/**
 * Numbers that instruments and programs write where they have none. They are such only where the rest of a column lies
 * elsewhere: a sentinel is an exact number that stands alone.
 */
const NINES = [9999, 99999, 999999];
const MORE_NINES = [9999999, 99999999, 999999999, 9999999999, 99999999999, 999999999999];
const FRACTIONS = [0, 0.9, 0.99, 0.999, 0.9999];
const CODES: readonly number[] = [
  ...NINES.flatMap((whole) => FRACTIONS.map((fraction) => whole + fraction)),
  999.9,
  999.99,
  999.999,
  999,
  -999,
  88888,
  88888.8,
  88888.88,
  -4096,
  -32768,
  32767,
  65535,
  2147483647,
  -2147483648,
  ...NINES.flatMap((whole) => FRACTIONS.map((fraction) => -whole - fraction)),
  ...MORE_NINES,
  ...MORE_NINES.map((code) => -code),
  -999.9,
  -999.99,
  -999.999,
  -88888,
];

/** No field in any unit: fill values of netCDF and of Geosoft (1e32) are beyond it. */
export const BEYOND = 1e29;

/** For a quick look at a number: whether some code begins as it does. Indexed by its whole part, low twelve bits. */
export const MAYBE = new Uint8Array(4096);
for (const code of CODES) MAYBE[Math.trunc(code) & 4095] = 1;

/** The codes' whole parts: what begins as a code does is mostly none, and to know the file's number again is dear. */
export const WHOLE_CODES: ReadonlySet<number> = new Set(CODES.map((code) => code | 0));

export const CODE_SET: ReadonlySet<number> = new Set(CODES);

/** So many rows with one number that nothing comes near are no chance. */
const REPEATED = 3;
/** A code is apart where no other value comes nearer than this share of it … */
const APART = 0.1;
/** … and than this share of the rest's width: a strong anomaly's flank comes nearer. */
const OF_WIDTH = 0.25;
/** So many times more often than its neighbours: a number that readings round to comes as often as they. */
const MORE_OFTEN = 10;

/** Whether a number of a column means "no value": it stands apart from all else, or comes too often for chance. */
export function isMissingCode(code: number, { count, others, rows }: CodeCount): boolean {
  if (Math.abs(code) >= BEYOND) return true;
  if (others.length === 0) return count >= REPEATED && count === rows;
  const width = quantile(others, 0.98) - quantile(others, 0.02);
  const near = Math.abs(code) * APART;
  const outside = code < others[0] || code > others[others.length - 1];
  if (outside && distanceTo(code, others) > Math.max(near, OF_WIDTH * width)) return true;
  if (count < REPEATED) return false;
  const around = countWithin(others, code - near / 2, code + near / 2);
  if (around.count === 0) return true;
  return count >= (MORE_OFTEN * around.count) / around.distinct && count > around.count * 0.2;
}

export interface CodeCount {
  readonly count: number;
  /** The column's numbers that are no codes, ascending; a sample is enough. */
  readonly others: Float64Array;
  readonly rows: number;
}

function quantile(sorted: Float64Array, part: number): number {
  return sorted[Math.round(part * (sorted.length - 1))];
}

function distanceTo(value: number, sorted: Float64Array): number {
  const at = lowerBound(sorted, value);
  const before = at > 0 ? value - sorted[at - 1] : Number.POSITIVE_INFINITY;
  const behind = at < sorted.length ? sorted[at] - value : Number.POSITIVE_INFINITY;
  return Math.min(before, behind);
}

function countWithin(sorted: Float64Array, from: number, to: number): { count: number; distinct: number } {
  const first = lowerBound(sorted, from);
  let at = first;
  let distinct = 0;
  for (; at < sorted.length && sorted[at] <= to; at++)
    if (at === first || sorted[at] !== sorted[at - 1]) distinct++;
  return { count: at - first, distinct };
}

function lowerBound(sorted: Float64Array, value: number): number {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (sorted[middle] < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
