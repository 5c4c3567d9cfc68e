import type { TimeReading } from "../cells/parseTime.ts";

/** What becomes of a column: nothing, the time, the sensor, the label, value `role − FIRST_VALUE`, or part `−1 − role` of the time. */
export const IGNORED = 0;
export const TIME = 1;
export const SENSOR = 2;
export const LABEL = 3;
export const FIRST_VALUE = 4;

/** All a thread needs to know to read rows. Plain data. */
export interface RowPlan {
  readonly delimiter: number;
  readonly decimal: number;
  /** Sign between thousands; 0 where there is none. */
  readonly grouping: number;
  /** Lines that may come again among the rows: the header's, and that of its units. */
  readonly repeats: readonly Uint8Array[];
  /** Role of each column. */
  readonly roles: readonly number[];
  /** Name of each column, for findings. */
  readonly names: readonly string[];
  /** Of each value. */
  readonly factors: readonly number[];
  /** Of each value: the unit that stands in its cells behind the number, or null. */
  readonly cellUnits: readonly (string | null)[];
  /** Of each value: what is no number is missing, not a fault. */
  readonly extra: readonly boolean[];
  readonly time: TimeReading;
  readonly maxFieldBytes: number;
  /** Whether rows are put into memory that another thread sees, too. */
  readonly shared: boolean;
}
