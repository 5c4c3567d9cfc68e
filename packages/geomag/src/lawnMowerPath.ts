export interface LawnMower {
  readonly lineLengthM: number;
  /** Distance of neighbouring lines; the vehicle turns on half circles of this diameter. */
  readonly lineSpacingM: number;
  /** Course of the first line, clockwise from north. */
  readonly headingDeg: number;
}

export interface PathPoint {
  readonly northM: number;
  readonly eastM: number;
  /** Clockwise from north, not wrapped: continuous along the path. */
  readonly courseRad: number;
}

/**
 * Where a vehicle is on a lawn-mower pattern: straight lines to and fro, joined by half circles, each line to
 * the right of the one before.
 *
 * @param travelledM Distance along the path from the start of the first line, m, ≥ 0. NaN propagates.
 * @returns Position from the start, m, and course.
 * @throws {RangeError} unless line length and spacing are above 0.
 * Cost O(1).
 */
export function lawnMowerPath(pattern: LawnMower, travelledM: number): PathPoint {
  const { lineLengthM, lineSpacingM } = pattern;
  if (!(lineLengthM > 0 && lineSpacingM > 0)) {
    throw new RangeError(`lines of ${lineLengthM} m, ${lineSpacingM} m apart, are not a pattern`);
  }
  const radiusM = lineSpacingM / 2;
  const legM = lineLengthM + Math.PI * radiusM;
  const leg = Math.floor(travelledM / legM);
  const inLegM = travelledM - leg * legM;
  const outward = leg % 2 === 0;
  // Along and across the first line; the turns are taken to the right and to the left in turn.
  const angle = Math.max(0, inLegM - lineLengthM) / radiusM;
  const reachM = Math.min(inLegM, lineLengthM) + radiusM * Math.sin(angle);
  const alongM = outward ? reachM : lineLengthM - reachM;
  const acrossM = leg * lineSpacingM + radiusM * (1 - Math.cos(angle));
  const turned = outward ? angle : Math.PI - angle;
  const heading = (pattern.headingDeg * Math.PI) / 180;
  return {
    northM: alongM * Math.cos(heading) - acrossM * Math.sin(heading),
    eastM: alongM * Math.sin(heading) + acrossM * Math.cos(heading),
    courseRad: heading + turned,
  };
}
