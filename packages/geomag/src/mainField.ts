import { igrf14 } from "./igrfCoefficients.ts";
import type { Vector3 } from "./vector3.ts";

export interface Place {
  /** Geodetic, WGS 84. */
  readonly latDeg: number;
  readonly lonDeg: number;
  /** Above the ellipsoid. */
  readonly altitudeM: number;
  /** Decimal, 2025 to 2030. */
  readonly year: number;
}

const referenceRadiusM = 6_371_200;
const equatorRadiusM = 6_378_137;
const eccentricitySquared = 0.00669437999014;
const radiansPerDegree = Math.PI / 180;

/**
 * The Earth's main field from IGRF-14, cut after degree 3.
 *
 * The cut leaves out up to some 16 % of the magnitude (at 0° N 0° E) and several degrees of direction: right for a simulator,
 * wrong for reducing a survey. Crustal, ionospheric and local fields are not in it.
 *
 * @returns North, east and down component in the geodetic frame, nT. NaN propagates.
 * @throws {RangeError} |latDeg| > 90, or a year outside 2025–2030.
 * Cost O(1), some 100 flops. Source: Langel, "The Main Field", in Jacobs (ed.), Geomagnetism 1 (1987), §4.
 */
export function mainField(place: Place): Vector3 {
  const { latDeg, lonDeg, year } = place;
  if (Math.abs(latDeg) > 90) throw new RangeError(`latitude ${latDeg}° is not from −90 to 90`);
  if (year < 2025 || year > 2030) throw new RangeError(`year ${year} is outside the model's 2025 to 2030`);
  const { geocentricLat, radiusM } = toGeocentric(place);
  const sinLat = Math.sin(geocentricLat);
  // At a pole east has no direction; a hair beside it everything is defined and the same to 1e-6 nT.
  const cosLat = Math.max(Math.cos(geocentricLat), 1e-10);
  const lon = lonDeg * radiansPerDegree;

  let north = 0;
  let east = 0;
  let down = 0;
  for (const pair of igrf14) {
    const { degree, order } = pair;
    const g = pair.gNt + (year - 2025) * pair.gNtPerYear;
    const h = pair.hNt + (year - 2025) * pair.hNtPerYear;
    const cos = Math.cos(order * lon);
    const sin = Math.sin(order * lon);
    const reach = (referenceRadiusM / radiusM) ** (degree + 2);
    const [value, slope] = schmidtLegendre(degree, order, sinLat, cosLat);
    // B = −∇V; the slope is by colatitude, which grows southwards.
    north += reach * (g * cos + h * sin) * slope;
    east += (reach * order * (g * sin - h * cos) * value) / cosLat;
    down -= reach * (degree + 1) * (g * cos + h * sin) * value;
  }
  const tilt = latDeg * radiansPerDegree - geocentricLat;
  return [
    north * Math.cos(tilt) + down * Math.sin(tilt),
    east,
    down * Math.cos(tilt) - north * Math.sin(tilt),
  ];
}

function toGeocentric({ latDeg, altitudeM }: Place): { geocentricLat: number; radiusM: number } {
  const sin = Math.sin(latDeg * radiansPerDegree);
  const cos = Math.cos(latDeg * radiansPerDegree);
  const curvatureM = equatorRadiusM / Math.sqrt(1 - eccentricitySquared * sin * sin);
  const axialM = (curvatureM * (1 - eccentricitySquared) + altitudeM) * sin;
  const equatorialM = (curvatureM + altitudeM) * cos;
  return { geocentricLat: Math.atan2(axialM, equatorialM), radiusM: Math.hypot(axialM, equatorialM) };
}

const sqrt3 = Math.sqrt(3);
const sqrt6 = Math.sqrt(6);
const sqrt10 = Math.sqrt(10);
const sqrt15 = Math.sqrt(15);

/** Schmidt semi-normalised P(degree, order) at cosine c and sine s of the colatitude, and its slope by colatitude. */
function schmidtLegendre(degree: number, order: number, c: number, s: number): readonly [number, number] {
  switch (10 * degree + order) {
    case 10:
      return [c, -s];
    case 11:
      return [s, c];
    case 20:
      return [(3 * c * c - 1) / 2, -3 * c * s];
    case 21:
      return [sqrt3 * c * s, sqrt3 * (c * c - s * s)];
    case 22:
      return [(sqrt3 / 2) * s * s, sqrt3 * s * c];
    case 30:
      return [(c * (5 * c * c - 3)) / 2, (-3 * s * (5 * c * c - 1)) / 2];
    case 31:
      return [(sqrt6 / 4) * s * (5 * c * c - 1), (sqrt6 / 4) * c * (5 * c * c - 1 - 10 * s * s)];
    case 32:
      return [(sqrt15 / 2) * c * s * s, (sqrt15 / 2) * s * (2 * c * c - s * s)];
    case 33:
      return [(sqrt10 / 4) * s ** 3, ((3 * sqrt10) / 4) * s * s * c];
    default:
      throw new RangeError(`no Legendre function of degree ${degree} and order ${order}`);
  }
}
