import assert from "node:assert/strict";
import { test } from "node:test";
import { igrf14 } from "./igrfCoefficients.ts";
import { mainField } from "./mainField.ts";
import { vectorLength } from "./vector3.ts";

const at = (latDeg: number, lonDeg: number, altitudeM = 0, year = 2025) =>
  mainField({ latDeg, lonDeg, altitudeM, year });

test("it is the full IGRF-14 to within what degrees above 3 add", () => {
  // Full model at 2025.0 from the British Geological Survey's service (geomag.bgs.ac.uk, revision 14):
  // latitude, longitude, altitude in m, north, east, down in nT. The cut is worst of these at 0°, 0°.
  const published = [
    [0, 0, 0, 27457, -1926, -15997],
    [45, 10, 0, 22843, 1451, 41825],
    [51.5, 0, 400_000, 16632, 69, 37519],
    [-33.86, 151.21, 0, 24040, 5450, -51381],
  ];
  for (const [lat, lon, altitude, north, east, down] of published) {
    const [x, y, z] = at(lat, lon, altitude);
    const difference = Math.hypot(x - north, y - east, z - down);
    const share = difference / Math.hypot(north, east, down);
    assert.ok(share < 0.16, `${lat}°, ${lon}°: ${(100 * share).toFixed(1)} % off`);
  }
});

test("its magnitude lies within the Earth's 22 to 67 µT everywhere on the ground", () => {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let lat = -90; lat <= 90; lat += 5) {
    for (let lon = -180; lon < 180; lon += 5) {
      const magnitude = vectorLength(at(lat, lon));
      least = Math.min(least, magnitude);
      most = Math.max(most, magnitude);
    }
  }
  assert.ok(least > 22_000 && least < 26_000, `least ${least}`);
  assert.ok(most > 62_000 && most < 67_000, `most ${most}`);
});

test("it points into the ground in the north, out of it in the south, and north at the equator", () => {
  for (let lon = -180; lon < 180; lon += 30) {
    assert.ok(at(75, lon)[2] > 45_000);
    assert.ok(at(-75, lon)[2] < -33_000);
    const [north, east] = at(0, lon);
    assert.ok(north > 3 * Math.abs(east));
  }
});

test("at a pole its size does not depend on the longitude it is asked for", () => {
  for (const lat of [90, -90]) {
    const magnitudes = [0, 77, -120].map((lon) => vectorLength(at(lat, lon)));
    for (const magnitude of magnitudes) assert.ok(Math.abs(magnitude - magnitudes[0]) < 1e-3);
    assert.ok(Math.abs(vectorLength(at(lat - Math.sign(lat) * 1e-7, 0)) - magnitudes[0]) < 1);
  }
});

test("it has no sources: what flows out of a closed surface flows in", () => {
  // Down component over the sphere, weighted by area; the ellipsoid's tilt makes it only nearly a sphere.
  let flux = 0;
  let area = 0;
  for (let lat = -89.5; lat < 90; lat += 1) {
    const weight = Math.cos((lat * Math.PI) / 180);
    for (let lon = 0; lon < 360; lon += 2) {
      flux += weight * at(lat, lon)[2];
      area += weight;
    }
  }
  assert.ok(Math.abs(flux / area) < 60, `mean ${flux / area} nT`);
});

test("it weakens with height by about 3 % in 64 km and drifts with the years", () => {
  const ratio = vectorLength(at(51, 10, 63_712)) / vectorLength(at(51, 10));
  assert.ok(Math.abs(ratio - 0.9705) < 0.004, `${ratio}`);
  const change = vectorLength(at(51, 10, 0, 2030)) - vectorLength(at(51, 10));
  assert.ok(Math.abs(change) > 20 && Math.abs(change) < 600, `${change}`);
});

test("the coefficients are all pairs of degrees 1 to 3, none twice", () => {
  assert.deepEqual(
    igrf14.map(({ degree, order }) => `${degree},${order}`),
    ["1,0", "1,1", "2,0", "2,1", "2,2", "3,0", "3,1", "3,2", "3,3"],
  );
  const dipoleNt = Math.hypot(igrf14[0].gNt, igrf14[1].gNt, igrf14[1].hNt);
  assert.ok(Math.abs(dipoleNt - 29_733) < 1, `${dipoleNt}`);
});

test("places and years outside the model are refused, and NaN stays NaN", () => {
  assert.throws(() => at(91, 0), RangeError);
  assert.throws(() => at(0, 0, 0, 2024), RangeError);
  assert.throws(() => at(0, 0, 0, 2031), RangeError);
  assert.ok(at(0, Number.NaN).every(Number.isNaN));
});
