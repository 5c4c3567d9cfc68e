import type { Viewport } from "../timeline/viewport.ts";

/** A path on a plane, metres east (x) and north (y) of its middle, shape (points). NaN where there is no position. */
export interface PlaneTrack {
  readonly row: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly value: Float64Array;
}

const METRES_PER_DEGREE = 111_320;

/**
 * Projects positions around their middle: equirectangular, right to 0.1 % over the few kilometres of a survey.
 *
 * @param latDeg Latitudes, degrees, shape (points). NaN where unknown.
 * @param lonDeg Longitudes, degrees, shape (points). NaN where unknown.
 * @returns null when no point has a position. Cost O(points).
 */
export function projectTrack(
  row: Float64Array,
  latDeg: Float64Array,
  lonDeg: Float64Array,
  value: Float64Array,
): PlaneTrack | null {
  let [south, north, west, east] = [Infinity, -Infinity, Infinity, -Infinity];
  const isPlace = (lat: number, lon: number) => Math.abs(lat) <= 90 && Number.isFinite(lon);
  for (let i = 0; i < row.length; i += 1) {
    const lat = latDeg[i] as number;
    const lon = lonDeg[i] as number;
    if (!isPlace(lat, lon)) continue;
    if (lat < south) south = lat;
    if (lat > north) north = lat;
    if (lon < west) west = lon;
    if (lon > east) east = lon;
  }
  if (south > north) return null;
  const [middleLat, middleLon] = [(south + north) / 2, (west + east) / 2];
  const perLon = METRES_PER_DEGREE * Math.cos((middleLat * Math.PI) / 180);
  return {
    row,
    // Half a position has no place either: it would stretch the map to a longitude nobody was at.
    x: lonDeg.map((lon, i) => (isPlace(latDeg[i] as number, lon) ? (lon - middleLon) * perLon : Number.NaN)),
    y: latDeg.map((lat, i) =>
      isPlace(lat, lonDeg[i] as number) ? (lat - middleLat) * METRES_PER_DEGREE : Number.NaN,
    ),
    value,
  };
}

/**
 * Which points hold a row of the view: from `first` to before `end`. A point stands for the rows from its own to before
 * the next point's. Cost O(points).
 */
export function pointsInView(row: Float64Array, view: Viewport): { first: number; end: number } {
  let first = 0;
  // The last row before the next point is one less than that point's.
  while (first + 1 < row.length && (row[first + 1] as number) - 1 < view.start) first += 1;
  let end = first;
  while (end < row.length && (row[end] as number) <= view.end) end += 1;
  return { first, end };
}

/** The point of a track nearest to a place, no further than `reach`; −1 where there is none. Cost O(points). */
export function nearestPoint(track: PlaneTrack, x: number, y: number, reach: number): number {
  let best = -1;
  let least = reach * reach;
  for (let i = 0; i < track.x.length; i += 1) {
    const away = ((track.x[i] as number) - x) ** 2 + ((track.y[i] as number) - y) ** 2;
    if (away <= least) {
      least = away;
      best = i;
    }
  }
  return best;
}

/** Round lengths for a scale bar of at most `metres`. */
export function scaleBarLength(metres: number): number {
  const power = 10 ** Math.floor(Math.log10(metres));
  return ([5, 2, 1].find((factor) => factor * power <= metres) ?? 1) * power;
}
