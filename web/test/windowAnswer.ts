import {
  Bool,
  makeBuilder,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import type { Asked } from "./stubApi.ts";

export interface Recording {
  readonly rows: number;
  /** Each channel's value in a row; NaN where there is none. */
  readonly channels: Readonly<Record<string, (row: number) => number>>;
  /** Seconds since 1970. Ten readings a second unless told. */
  readonly secondsAt?: (row: number) => number;
  /** Rows before which time jumps. */
  readonly gapRows?: readonly number[];
}

const NOON = Date.UTC(2025, 10, 6, 12) / 1000;

/**
 * Answers `GET datasets/{id}/data/` as the server does: the rows asked for, or as many of them a point as make no more
 * than `max_points`, each with the lowest, highest and mean value of its rows.
 */
export function windowAnswer(recording: Recording): (asked: Asked) => Response {
  const { rows, channels, gapRows = [], secondsAt = (row) => NOON + row / 10 } = recording;
  return ({ query }) => {
    const start = Number(query.get("start_index") ?? 0);
    const end = Math.min(Number(query.get("end_index") ?? rows - 1), rows - 1);
    const most = Number(query.get("max_points") ?? 1000);
    let pointRows = 1;
    while (Math.ceil((end - start + 1) / pointRows) > most) pointRows *= 2;
    const firsts: number[] = [];
    for (let row = start; row <= end; row += pointRows) firsts.push(row);

    const times = makeBuilder({ type: new TimestampMicrosecond() });
    // The builder takes milliseconds and stores microseconds.
    for (const row of firsts) times.append(secondsAt(row) * 1000);
    const gap = firsts.map((row) => gapRows.some((at) => at >= row && at < row + pointRows));
    const columns: Record<string, Vector> = {
      index: vectorFromArray(Float64Array.from(firsts)),
      t: times.finish().toVector(),
      gap: vectorFromArray(gap, new Bool()),
    };
    for (const name of (query.get("channels") ?? "").split(",")) {
      const valueAt = channels[name];
      if (valueAt === undefined) continue;
      const points = firsts.map((first) => {
        const inPoint = Array.from({ length: Math.min(pointRows, end + 1 - first) }, (_, i) =>
          valueAt(first + i),
        ).filter((value) => !Number.isNaN(value));
        const of = (fold: (...values: number[]) => number) =>
          inPoint.length === 0 ? Number.NaN : fold(...inPoint);
        return [of(Math.min), of(Math.max), of((...all) => all.reduce((a, b) => a + b, 0) / all.length)];
      });
      const column = (at: number) =>
        vectorFromArray(Float64Array.from(points, (point) => point[at] as number));
      if (pointRows === 1) columns[name] = column(0);
      else {
        columns[`${name}_min`] = column(0);
        columns[`${name}_max`] = column(1);
        columns[`${name}_mean`] = column(2);
      }
    }
    return new Response(tableToIPC(new Table(columns), "stream") as Uint8Array<ArrayBuffer>);
  };
}
