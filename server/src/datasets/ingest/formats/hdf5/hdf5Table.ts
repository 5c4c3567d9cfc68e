/** How one number or text is stored, in the byte order of this machine. */
export interface StoredElement {
  readonly type: "int" | "float" | "text" | "variable_text";
  readonly size: number;
  readonly signed: boolean;
}

/** A column and where its cells lie. */
export interface Hdf5Column {
  readonly name: string;
  /** As an attribute says it; null where none does. */
  readonly units: string | null;
  /** Dataset that holds it. */
  readonly path: string;
  readonly rank: number;
  /** Axis of the dataset along which rows go. */
  readonly axis: number;
  /** Place on the other axis, where rows go along the second. */
  readonly across: number;
  /** Elements of the dataset that make one row. */
  readonly width: number;
  /** Bytes from a row to the next, and of the cell within its row. */
  readonly stride: number;
  readonly offset: number;
  readonly element: StoredElement;
  /** Stored numbers that mean no value, and what turns others into the value. Source: CF Conventions 1.11, 2.5.1 and 8.1. */
  readonly fill: number | null;
  readonly scale: number;
  readonly add: number;
  /** Where the file says that these are times: µs in one of the stored numbers, and when 0 was. */
  readonly time: { readonly usPerUnit: number; readonly zeroUs: number; readonly zone: boolean } | null;
}

export interface Hdf5Table {
  /** Of the dataset or group, as a person would name it. */
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly Hdf5Column[];
  /** Whether its columns are of several groups, which only equal length speaks for. */
  readonly gathered: boolean;
}

/** Cells of one column. Times are µs; whole numbers of 8 bytes stay exact. */
export type Hdf5Cells = Float64Array | BigInt64Array | readonly string[];

/** What is wrong, in words for whoever has to mend the file. */
export class Hdf5Refusal extends Error {}
