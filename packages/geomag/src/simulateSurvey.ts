import { type BuriedDipole, buryDipole } from "./buryDipole.ts";
import { createDrift } from "./createDrift.ts";
import { createGaussian } from "./createGaussian.ts";
import { dipoleField } from "./dipoleField.ts";
import { type Disturbance, electricalLoad, fanNoise, motorBurst } from "./disturbances.ts";
import { lawnMowerPath, type PathPoint } from "./lawnMowerPath.ts";
import { mainField } from "./mainField.ts";
import { type EventCategory, type PlannedEvent, planEvents } from "./planEvents.ts";
import { toBody } from "./toBody.ts";
import { addVectors, scaleVector, type Vector3, vectorLength } from "./vector3.ts";

export interface SurveyOptions {
  /** Uniform in [0, 1); the same sequence and options give the same survey. Another sequence is another day. */
  readonly random: () => number;
  /** Default 1200. */
  readonly durationSeconds?: number;
  /** Default 40. Mains at 50 Hz then appears at 10 Hz. */
  readonly sampleRateHz?: number;
  /** South-western corner of the site; default near Göttingen. */
  readonly latDeg?: number;
  readonly lonDeg?: number;
  /** Ground above the ellipsoid, m. */
  readonly altitudeM?: number;
  /** Decimal year of the main field, 2025 to 2030. */
  readonly year?: number;
  readonly mainsHz?: number;
}

/** One row a sample. Field along the vehicle's forward, right and down axes. */
export interface SurveyColumns {
  readonly tSeconds: Float64Array;
  readonly bXNt: Float64Array;
  readonly bYNt: Float64Array;
  readonly bZNt: Float64Array;
  readonly latDeg: Float64Array;
  readonly lonDeg: Float64Array;
  readonly altitudeM: Float64Array;
  /** Roll, pitch and yaw. */
  readonly thetaXDeg: Float64Array;
  readonly thetaYDeg: Float64Array;
  readonly thetaZDeg: Float64Array;
}

/** Rows, both ends inclusive, that an event can be seen in. */
export interface SurveyEvent {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly category: EventCategory;
}

export interface Survey {
  readonly columns: SurveyColumns;
  /** In order; they do not overlap. All other rows are ordinary. */
  readonly events: readonly SurveyEvent[];
}

const speedMetresPerSecond = 2;
const heightAboveGroundM = 1.5;
const whiteNoiseNt = 1.2;
const metresPerDegree = 111_195;
/** A dipole further off than this adds less than its own noise and is left out of the sum. */
const dipoleReachM = 25;
/** A pass counts as seen where its field is above this share of its peak. */
const visibleShare = 0.12;
const degreesPerRadian = 180 / Math.PI;

/**
 * A survey with a vector magnetometer on a small vehicle driving lines to and fro, with what such recordings
 * have in them: the main field turning with the vehicle, sway, the vehicle's own field, sensor offsets, drift,
 * white noise, mains hum, and events of four categories with their true rows. Offsets, course, hum, drift and
 * the order and strength of events are drawn from `random`: another seed is another day.
 *
 * @returns Columns of n = round(durationSeconds · sampleRateHz) rows, nT, no NaN.
 * @throws {RangeError} n < 1, or a place or year outside `mainField`'s.
 * Cost O(n · (dipoles in reach + octaves of drift)), about 2 µs a row.
 */
export function simulateSurvey(options: SurveyOptions): Survey {
  const { random, durationSeconds = 1200, sampleRateHz = 40, mainsHz = 50 } = options;
  const { latDeg = 51.53, lonDeg = 9.93, altitudeM = 160, year = 2025.8 } = options;
  const rows = Math.round(durationSeconds * sampleRateHz);
  if (!(rows >= 1)) throw new RangeError(`${durationSeconds} s at ${sampleRateHz} Hz are no rows`);
  const gaussian = createGaussian(random);
  const mainFieldNt = mainField({ latDeg, lonDeg, altitudeM, year });
  const day = drawDay(random, gaussian);
  const planned = planEvents(random, durationSeconds);
  const vehicle = { random, gaussian, mainsHz, mainFieldNt, headingDeg: day.headingDeg };
  const dipoles = planned
    .filter(({ category }) => category === "Anomaly")
    .map((event) => passedDipole(event, vehicle));
  const machines = planned
    .filter(({ category }) => category !== "Anomaly")
    .map((event) => ({
      start: event.startSeconds,
      end: event.startSeconds + event.durationSeconds,
      field: machineOf(event, vehicle),
    }));
  const noise = createSensorNoise(gaussian, sampleRateHz);
  const sway = createSway(gaussian, sampleRateHz);
  const columns = allocateColumns(rows);

  let machine = 0;
  for (let row = 0; row < rows; row += 1) {
    const t = row / sampleRateHz;
    const at = pathAt(t, day.headingDeg);
    const attitude = sway(at.courseRad);
    const sensorM: Vector3 = [at.northM, at.eastM, -heightAboveGroundM];
    const outside = addVectors(
      addVectors(mainFieldNt, nearbyDipoles(dipoles, sensorM)),
      day.humAt(t, mainsHz),
    );
    let field = addVectors(addVectors(toBody(outside, attitude), day.ownFieldNt), noise());
    while (machine < machines.length && machines[machine].end < t) machine += 1;
    if (machine < machines.length && machines[machine].start <= t) {
      field = addVectors(field, machines[machine].field(t - machines[machine].start));
    }
    columns.tSeconds[row] = t;
    columns.bXNt[row] = field[0];
    columns.bYNt[row] = field[1];
    columns.bZNt[row] = field[2];
    columns.latDeg[row] = latDeg + at.northM / metresPerDegree;
    columns.lonDeg[row] = lonDeg + at.eastM / (metresPerDegree * Math.cos(latDeg / degreesPerRadian));
    columns.altitudeM[row] = altitudeM + heightAboveGroundM + 0.02 * gaussian();
    columns.thetaXDeg[row] = attitude.rollRad * degreesPerRadian;
    columns.thetaYDeg[row] = attitude.pitchRad * degreesPerRadian;
    columns.thetaZDeg[row] = (((attitude.yawRad * degreesPerRadian) % 360) + 360) % 360;
  }
  return {
    columns,
    events: visibleEvents({ planned, dipoles, rows, sampleRateHz, headingDeg: day.headingDeg }),
  };
}

function drawDay(random: () => number, gaussian: () => number) {
  const humNt = 0.5 + 1.5 * random();
  const humPhase = 2 * Math.PI * random();
  const humDirection = [0.5 * gaussian(), 0.5 * gaussian(), 1] as const;
  return {
    headingDeg: 360 * random(),
    /** What calibration leaves of sensor offsets and the vehicle's magnetism, along its axes. */
    ownFieldNt: [90 * gaussian(), 90 * gaussian(), 90 * gaussian()] as Vector3,
    humAt: (t: number, mainsHz: number) =>
      scaleVector(humNt * Math.sin(2 * Math.PI * mainsHz * t + humPhase), humDirection),
  };
}

interface Vehicle {
  readonly random: () => number;
  readonly gaussian: () => number;
  readonly mainsHz: number;
  readonly mainFieldNt: Vector3;
  readonly headingDeg: number;
}

function passedDipole(event: PlannedEvent, vehicle: Vehicle): BuriedDipole {
  const at = pathAt(event.startSeconds + event.durationSeconds / 2, vehicle.headingDeg);
  return buryDipole({
    ...vehicle,
    sensorM: [at.northM, at.eastM, -heightAboveGroundM],
    courseRad: at.courseRad,
    heightAboveGroundM,
    peakNt: amplitude(vehicle.random, 80, 700),
  });
}

function machineOf(event: PlannedEvent, vehicle: Vehicle): Disturbance {
  const { durationSeconds } = event;
  const { random } = vehicle;
  if (event.category === "Motor")
    return motorBurst({ ...vehicle, durationSeconds, amplitudeNt: amplitude(random, 25, 160) });
  if (event.category === "Fan noise")
    return fanNoise({ ...vehicle, durationSeconds, amplitudeNt: amplitude(random, 8, 40) });
  return electricalLoad({ ...vehicle, durationSeconds, amplitudeNt: amplitude(random, 12, 80) });
}

/** Spread evenly over orders of magnitude, as real sources are. */
function amplitude(random: () => number, least: number, most: number): number {
  return least * (most / least) ** random();
}

function pathAt(seconds: number, headingDeg: number): PathPoint {
  return lawnMowerPath({ lineLengthM: 150, lineSpacingM: 12, headingDeg }, seconds * speedMetresPerSecond);
}

function nearbyDipoles(dipoles: readonly BuriedDipole[], sensorM: Vector3): Vector3 {
  let sum: Vector3 = [0, 0, 0];
  for (const { placeM, momentAm2 } of dipoles) {
    const offset: Vector3 = [sensorM[0] - placeM[0], sensorM[1] - placeM[1], sensorM[2] - placeM[2]];
    if (vectorLength(offset) < dipoleReachM) sum = addVectors(sum, dipoleField(momentAm2, offset));
  }
  return sum;
}

function createSensorNoise(gaussian: () => number, sampleRateHz: number): () => Vector3 {
  const options = { stepSeconds: 1 / sampleRateHz, deviation: 12, shortestSeconds: 2, longestSeconds: 1100 };
  const [x, y, z] = [
    createDrift(gaussian, options),
    createDrift(gaussian, options),
    createDrift(gaussian, options),
  ];
  const white = () => whiteNoiseNt * gaussian();
  return () => [x() + white(), y() + white(), z() + white()];
}

/** A rover's sway is a fraction of a degree within seconds; its mass lets nothing faster through. */
function createSway(gaussian: () => number, sampleRateHz: number) {
  const options = {
    stepSeconds: 1 / sampleRateHz,
    deviation: 0.003,
    shortestSeconds: 0.5,
    longestSeconds: 4,
  };
  const smooth = () =>
    createLag(createLag(createDrift(gaussian, options), 0.2 * sampleRateHz), 0.2 * sampleRateHz);
  const [roll, pitch, yaw] = [smooth(), smooth(), smooth()];
  return (courseRad: number) => ({ rollRad: roll(), pitchRad: pitch(), yawRad: courseRad + yaw() });
}

/** A first-order low-pass, settled from its first sample on. */
function createLag(source: () => number, samples: number): () => number {
  const gain = 1 - Math.exp(-1 / samples);
  let value = source();
  return () => {
    value += gain * (source() - value);
    return value;
  };
}

function visibleEvents(of: {
  planned: readonly PlannedEvent[];
  dipoles: readonly BuriedDipole[];
  rows: number;
  sampleRateHz: number;
  headingDeg: number;
}): SurveyEvent[] {
  let nextDipole = 0;
  return of.planned.map(({ category, startSeconds, durationSeconds }) => {
    let startIndex = Math.ceil(startSeconds * of.sampleRateHz);
    let endIndex = Math.min(of.rows - 1, Math.floor((startSeconds + durationSeconds) * of.sampleRateHz));
    if (category === "Anomaly") {
      const dipole = of.dipoles[nextDipole];
      nextDipole += 1;
      const strengthAt = (row: number) => {
        const at = pathAt(row / of.sampleRateHz, of.headingDeg);
        return vectorLength(nearbyDipoles([dipole], [at.northM, at.eastM, -heightAboveGroundM]));
      };
      let peak = 0;
      for (let row = startIndex; row <= endIndex; row += 1) peak = Math.max(peak, strengthAt(row));
      while (startIndex < endIndex && strengthAt(startIndex) < visibleShare * peak) startIndex += 1;
      while (endIndex > startIndex && strengthAt(endIndex) < visibleShare * peak) endIndex -= 1;
    }
    return { startIndex, endIndex, category };
  });
}

function allocateColumns(rows: number): SurveyColumns {
  const column = () => new Float64Array(rows);
  return {
    tSeconds: column(),
    bXNt: column(),
    bYNt: column(),
    bZNt: column(),
    latDeg: column(),
    lonDeg: column(),
    altitudeM: column(),
    thetaXDeg: column(),
    thetaYDeg: column(),
    thetaZDeg: column(),
  };
}
