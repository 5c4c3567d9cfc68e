import type { RowBlock } from "./rowBlock.ts";
import { LABEL, type RowPlan, SENSOR } from "./rowPlan.ts";

const FIRST_ROWS = 1024;
const CELL_BYTES = 8;

/** Arrays of a block. Those of a block that is done with serve for the next. */
export type RowMemory = Pick<RowBlock, "timeUs" | "values" | "sensors" | "labels" | "lines">;

/** Where rows are put while they are read: arrays that grow, all in one buffer. */
export class RowStore {
  readonly #plan: RowPlan;
  arrays: RowMemory;

  /** @param memory Arrays to begin with; what is in them does not matter. */
  constructor(plan: RowPlan, memory: RowMemory | null) {
    this.#plan = plan;
    this.arrays = memory ?? memoryFor(plan, FIRST_ROWS);
  }

  get capacity(): number {
    return this.arrays.lines.length;
  }

  grow(capacity: number): void {
    const before = this.arrays;
    const larger = memoryFor(this.#plan, capacity);
    larger.timeUs.set(before.timeUs);
    larger.lines.set(before.lines);
    if (before.sensors !== null) larger.sensors?.set(before.sensors);
    if (before.labels !== null) larger.labels?.set(before.labels);
    before.values.forEach((values, slot) => {
      larger.values[slot].set(values);
    });
    this.arrays = larger;
  }
}

function memoryFor(plan: RowPlan, rows: number): RowMemory {
  const columns = 1 + plan.factors.length;
  const hasSensors = plan.roles.includes(SENSOR);
  const hasLabels = plan.roles.includes(LABEL);
  const bytes = rows * (columns * CELL_BYTES + 12);
  const buffer = plan.shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  const column = (c: number): Float64Array => new Float64Array(buffer, c * rows * CELL_BYTES, rows);
  const behind = columns * rows * CELL_BYTES;
  return {
    timeUs: column(0),
    values: plan.factors.map((_, slot) => column(1 + slot)),
    lines: new Int32Array(buffer, behind, rows),
    sensors: hasSensors ? new Int32Array(buffer, behind + rows * 4, rows) : null,
    labels: hasLabels ? new Int32Array(buffer, behind + rows * 8, rows) : null,
  };
}
