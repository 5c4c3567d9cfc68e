import type { ResolvedColumns } from "./cells/resolveColumns.ts";

/** A column of the series: a value of the file as it is, or the magnitude of three of them. */
export interface SeriesColumn {
  readonly channel: string;
  readonly slots: readonly number[];
}

/** The magnitude of each sensor stands behind its axes, unless the file's own total field was asked for. */
export function seriesColumns({ values }: ResolvedColumns): SeriesColumn[] {
  const slotOf = new Map(values.map(({ channel }, slot) => [channel, slot]));
  return values.flatMap(({ channel }, slot): SeriesColumn[] => {
    const own = { channel, slots: [slot] };
    const sensor = /^b_z(@.*)?$/.exec(channel);
    if (sensor === null) return [own];
    const suffix = sensor[1] ?? "";
    const axes = [slotOf.get(`b_x${suffix}`), slotOf.get(`b_y${suffix}`), slot];
    if (slotOf.has(`b${suffix}`) || !axes.every((one) => one !== undefined)) return [own];
    return [own, { channel: `b${suffix}`, slots: axes }];
  });
}

/** Channels of a series. */
export function channelsOf(columns: ResolvedColumns): string[] {
  return seriesColumns(columns).map(({ channel }) => channel);
}

/** Length of the vector in each row, nT; NaN where an axis is, or where it is beyond all numbers. */
export function magnitude([x, y, z]: readonly Float64Array[], rows: number): Float64Array {
  const b = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    b[i] = Math.sqrt(x[i] * x[i] + y[i] * y[i] + z[i] * z[i]);
    if (b[i] === Number.POSITIVE_INFINITY) b[i] = Number.NaN;
  }
  return b;
}
