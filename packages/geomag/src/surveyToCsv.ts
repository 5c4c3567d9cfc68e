import type { Survey } from "./simulateSurvey.ts";

export interface CsvOptions {
  /** Of the first row, milliseconds since 1970. */
  readonly startTimeMs: number;
  readonly sensorId: string;
}

const rowsPerPiece = 4096;
const header = "timestamp_pc,b_x,b_y,b_z,lat,lon,altitude,thetax,thetay,thetaz,sensor_id\n";

/**
 * A survey as MagTrace's CSV, in pieces of whole lines: times ISO 8601 in UTC to the millisecond, nT to 0.001.
 * @throws {RangeError} for a sensor id that would need quotes.
 */
export function* surveyToCsv({ columns }: Survey, { startTimeMs, sensorId }: CsvOptions): Generator<string> {
  if (!/^[\w.-]+$/.test(sensorId))
    throw new RangeError(`sensor id ${JSON.stringify(sensorId)} is not plain text`);
  yield header;
  let lines: string[] = [];
  for (let row = 0; row < columns.tSeconds.length; row += 1) {
    const time = new Date(Math.round(startTimeMs + 1000 * columns.tSeconds[row])).toISOString();
    const field = `${columns.bXNt[row].toFixed(3)},${columns.bYNt[row].toFixed(3)},${columns.bZNt[row].toFixed(3)}`;
    const place = `${columns.latDeg[row].toFixed(8)},${columns.lonDeg[row].toFixed(8)},${columns.altitudeM[row].toFixed(2)}`;
    const angles = `${columns.thetaXDeg[row].toFixed(3)},${columns.thetaYDeg[row].toFixed(3)},${columns.thetaZDeg[row].toFixed(3)}`;
    lines.push(`${time},${field},${place},${angles},${sensorId}\n`);
    if (lines.length < rowsPerPiece) continue;
    yield lines.join("");
    lines = [];
  }
  if (lines.length > 0) yield lines.join("");
}
