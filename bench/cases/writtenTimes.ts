/** How the rows' times are written, and what can be known of them from the file. */
export interface WrittenTimes {
  readonly family: string;
  readonly names: readonly string[];
  cells(row: number): string[];
  /** Whether the file holds enough to know the duration. */
  readonly known: boolean;
  readonly absolute: boolean;
  /** µs of each row as written: rounded to what the form can hold. */
  us(row: number): number;
  /** Set where no reading may be taken: digits are lost, or there is no time at all. */
  readonly unreadable?: boolean;
  /** Set where the file cannot say which of two is meant: taking one is right if it is said. */
  readonly either?: boolean;
}

export const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export const two = (value: number) => String(value).padStart(2, "0");

export function partsOf(us: number) {
  const date = new Date(Math.floor(us / 1e3));
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
  const [hour, minute, second] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const dayOfYear = Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400e3) + 1;
  return { year, month, day, hour, minute, second, ms: date.getUTCMilliseconds(), dayOfYear };
}
