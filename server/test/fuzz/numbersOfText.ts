import type { SourceReport } from "../../src/datasets/ingest/types.ts";

const FACTORS: Readonly<Record<string, number>> = {
  nT: 1,
  µT: 1e3,
  mG: 1e2,
  G: 1e5,
  T: 1e9,
  pT: 1e-3,
  mT: 1e6,
};
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/**
 * All numbers that stand in one column of a plain table, in nT, read in the simplest way there is: lines split at the
 * delimiter. null where that way is too simple for the file, so that nothing can be held against it.
 */
export function numbersOfText(bytes: Uint8Array, source: SourceReport, channel: string): number[] | null {
  const { encoding, delimiter, decimal, columns, unit } = source;
  const factor = FACTORS[unit];
  const at = columns.findIndex(({ becomes }) => becomes === channel);
  if (source.format !== "text" || source.compression !== null || delimiter === null || encoding === null)
    return null;
  if (factor === undefined || at < 0 || delimiter === " ") return null;
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('"')) return null;
  const found: number[] = [];
  for (const line of text.split(/\r\n|\n|\r/)) {
    const cell = line.split(delimiter)[at]?.trim() ?? "";
    // A minus sign that is none of ASCII, also when its bytes were read in another encoding: then it is not simple.
    if (/\d/.test(cell) && /[^\x20-\x7e]/.test(cell)) return null;
    const plain = decimal === "," ? cell.replace(",", ".") : cell;
    if (NUMBER.test(plain)) found.push(Number(plain) * factor);
    // A unit behind the number or signs between thousands: then it is not simple.
    else if (/\d/.test(cell) && /^[+-]?[\d.,' _]+\D{0,4}$/.test(cell)) return null;
  }
  return found;
}

/** A value that was read and does not stand in the file as often, or null. */
export function strangeValue(read: readonly number[], written: readonly number[]): number | null {
  const left = [...written].sort((a, b) => a - b);
  let at = 0;
  for (const value of read.filter((one) => !Number.isNaN(one)).sort((a, b) => a - b)) {
    const within = Math.abs(value) * 1e-12 + 1e-9;
    while (at < left.length && left[at]! < value - within) at++;
    if (at >= left.length || left[at]! > value + within) return value;
    at++;
  }
  return null;
}
