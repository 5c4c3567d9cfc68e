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
  for (let i = 0; i < row.length; i += 1) {
    const lat = latDeg[i] as number;
    const lon = lonDeg[i] as number;
    if (!(Math.abs(lat) <= 90) || !Number.isFinite(lon)) continue;
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
    x: lonDeg.map((lon) => (lon - middleLon) * perLon),
    y: latDeg.map((lat) => (Math.abs(lat) <= 90 ? (lat - middleLat) * METRES_PER_DEGREE : Number.NaN)),
    value,
  };
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
