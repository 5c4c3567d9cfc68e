import type { RowBlock } from "./text/rowBlock.ts";

const PLACES_KEPT = 10;
const MAGNETOMETER = /magn|mag\b|^mag|compass|fluxgate/i;
/** Sensors of a phone or a logger that measure no field. */
const OTHER =
  /accel|^acc\b|gyro|gravity|orientation|rotation|baromet|pressure|\blight|humid|temperature|location|gps|gnss|pedometer|step.?count|activity|battery|microphone|audio|proximity|camera|heart|network|annotation|brightness|linear/i;

/** Whether a name in a column of sensors is that of an instrument which measures something else than a field. */
function isOtherKind(name: string): boolean {
  return OTHER.test(name) && !MAGNETOMETER.test(name);
}

/** Leaves out the rows of other kinds of sensors: logs of phones hold all of them in one table. */
export class SensorKinds {
  /** Rows left out, by the sensor's name. */
  readonly leftOut = new Map<string, number>();

  /** @returns The block itself where every row is of a magnetometer, or of a sensor whose name says nothing. */
  keep(block: RowBlock): RowBlock {
    const { sensors, sensorNames } = block;
    if (sensors === null) return block;
    const isOther = sensorNames.map(isOtherKind);
    if (!isOther.includes(true)) return block;
    const kept: number[] = [];
    for (let i = 0; i < block.rows; i++) {
      const code = sensors[i];
      if (!isOther[code]) kept.push(i);
      else this.leftOut.set(sensorNames[code], (this.leftOut.get(sensorNames[code]) ?? 0) + 1);
    }
    const values = block.values.map((column) => Float64Array.from(kept, (i) => column[i]));
    const lines = Int32Array.from(kept, (i) => block.lines[i]);
    // Codes stay what they are within the block, but only of the names that are left.
    const names = sensorNames.filter((_, code) => !isOther[code]);
    let next = 0;
    const codeOf = isOther.map((other) => (other ? -1 : next++));
    return {
      ...block,
      rows: kept.length,
      timeUs: Float64Array.from(kept, (i) => block.timeUs[i]),
      values,
      lines,
      sensors: Int32Array.from(kept, (i) => codeOf[sensors[i]]),
      sensorNames: names,
      missing: values.map((column) => missingOf(column, lines)),
      notNumbers: values.map(() => ({ count: 0, lines: [] })),
    };
  }
}

function missingOf(column: Float64Array, lines: Int32Array): RowBlock["missing"][number] {
  const found: number[] = [];
  let count = 0;
  for (let i = 0; i < column.length; i++) {
    if (!Number.isNaN(column[i])) continue;
    count++;
    if (found.length < PLACES_KEPT) found.push(lines[i]);
  }
  return { count, lines: found };
}
