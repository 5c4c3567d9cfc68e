import type { FindingInput } from "../findings.ts";

/** Cells without a value in one column. Lines count from the block's first, 0-based. */
export interface CellCount {
  count: number;
  readonly lines: number[];
}

/** Rows read from one stretch of text. */
export interface RowBlock {
  readonly rows: number;
  /** Shape (≥ rows). `clock` and `minutes`: as the cell has it. */
  readonly timeUs: Float64Array;
  readonly values: readonly Float64Array[];
  /** Position in `sensorNames` of each row's sensor; null where the file has no such column. */
  readonly sensors: Int32Array | null;
  readonly sensorNames: readonly string[];
  /** Position in `labelNames` of each row's label; null where the file has no such column. */
  readonly labels: Int32Array | null;
  readonly labelNames: readonly string[];
  /** Line of each row, from the block's first, 0-based. */
  readonly lines: Int32Array;
  readonly lineCount: number;
  /** Line of the file that `lines` count from, where blocks do not come in the file's order. */
  readonly firstLine?: number;
  readonly missing: readonly CellCount[];
  /** Cells of extra columns that hold text. */
  readonly notNumbers: readonly CellCount[];
  /** Headers that came again among the rows; only text has them. */
  readonly repeatedHeaders?: CellCount;
  /** At most a hundred; their lines count from the block's first, 1-based. */
  readonly findings: readonly FindingInput[];
  readonly totalFindings: number;
}
