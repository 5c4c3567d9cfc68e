import type { RowBlock } from "./rowBlock.ts";
import { type RowPlan, SENSOR } from "./rowPlan.ts";

const FIRST_ROWS = 1024;

/** Arrays of a block. Those of a block that is done with serve for the next. */
export type RowMemory = Pick<RowBlock, "timeUs" | "values" | "sensors" | "lines">;

/** Where rows are put while they are read: arrays that grow. */
export class RowStore implements RowMemory {
  timeUs: Float64Array;
  values: Float64Array[];
  sensors: Int32Array | null;
  lines: Int32Array;

  /** @param memory Arrays to begin with; what is in them does not matter. */
  constructor(plan: RowPlan, memory: RowMemory | null) {
    this.timeUs = memory?.timeUs ?? new Float64Array(FIRST_ROWS);
    this.values = memory ? [...memory.values] : plan.factors.map(() => new Float64Array(FIRST_ROWS));
    const sensors = plan.roles.includes(SENSOR) ? new Int32Array(FIRST_ROWS) : null;
    this.sensors = memory?.sensors ?? sensors;
    this.lines = memory?.lines ?? new Int32Array(FIRST_ROWS);
  }

  get capacity(): number {
    return this.lines.length;
  }

  grow(capacity: number): void {
    const larger = (values: Float64Array): Float64Array => {
      const array = new Float64Array(capacity);
      array.set(values);
      return array;
    };
    this.timeUs = larger(this.timeUs);
    this.values = this.values.map(larger);
    const lines = new Int32Array(capacity);
    lines.set(this.lines);
    this.lines = lines;
    if (this.sensors === null) return;
    const sensors = new Int32Array(capacity);
    sensors.set(this.sensors);
    this.sensors = sensors;
  }
}
