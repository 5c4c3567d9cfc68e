import { dipoleField } from "./dipoleField.ts";
import { addVectors, scaleVector, type Vector3, vectorLength } from "./vector3.ts";

export interface BuriedDipole {
  /** North, east, down from the survey's origin, m. */
  readonly placeM: Vector3;
  readonly momentAm2: Vector3;
}

export interface Burial {
  readonly random: () => number;
  readonly gaussian: () => number;
  /** The sensor where it comes closest: north, east, down, m. */
  readonly sensorM: Vector3;
  readonly courseRad: number;
  readonly heightAboveGroundM: number;
  readonly mainFieldNt: Vector3;
  /** Strongest field at the sensor, nT. */
  readonly peakNt: number;
}

/**
 * A compact iron object under or beside the path: magnetised mostly along the Earth's field (induced) with a
 * remanent part of any direction, as strong as the peak at the sensor asks.
 */
export function buryDipole(burial: Burial): BuriedDipole {
  const { random, gaussian, sensorM, courseRad, mainFieldNt } = burial;
  const depthM = burial.heightAboveGroundM + 0.3 + 1.4 * random();
  const asideM = 2 * random() - 1;
  const offset: Vector3 = [-asideM * Math.sin(courseRad), asideM * Math.cos(courseRad), depthM];
  const induced = scaleVector(1 / vectorLength(mainFieldNt), mainFieldNt);
  const remanent: Vector3 = [0.35 * gaussian(), 0.35 * gaussian(), 0.35 * gaussian()];
  const direction = addVectors(induced, remanent);
  const unitPeakNt = vectorLength(dipoleField(direction, scaleVector(-1, offset)));
  return {
    placeM: addVectors(sensorM, offset),
    momentAm2: scaleVector(burial.peakNt / unitPeakNt, direction),
  };
}
