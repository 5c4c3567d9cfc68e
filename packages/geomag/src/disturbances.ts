import type { Vector3 } from "./vector3.ts";

/** What one machine adds to the field at the sensor, nT along the vehicle's axes, at a time from its start. */
export type Disturbance = (secondsIntoEvent: number) => Vector3;

export interface MachineOptions {
  readonly random: () => number;
  readonly gaussian: () => number;
  readonly durationSeconds: number;
  /** Amplitude of the strongest line, nT. */
  readonly amplitudeNt: number;
}

const turn = 2 * Math.PI;

/**
 * A drive motor's burst: a rotating field whose rate rises with the speed, with two harmonics, and the steady
 * field of the supply current, under an envelope that rises within half a second and falls within a second.
 */
export function motorBurst(options: MachineOptions): Disturbance {
  const { random, gaussian, durationSeconds, amplitudeNt } = options;
  const finalRateHz = 6 + 3 * random();
  const spinUpSeconds = 0.4 + 0.8 * random();
  const loadRateHz = 0.2 + 0.5 * random();
  const loadDepth = 0.1 + 0.25 * random();
  const supply = scaledDirection(gaussian, amplitudeNt * (0.2 + 0.4 * random()));
  const [u, v] = plane(gaussian);
  return (seconds) => {
    const envelope = riseAndFall(seconds, durationSeconds, 0.5, 1);
    const load = envelope * (1 - loadDepth * (1 + Math.sin(turn * loadRateHz * seconds)) * 0.5);
    // The integral of a rate that approaches its final value exponentially.
    const turns = finalRateHz * (seconds - 0.5 * spinUpSeconds * (1 - Math.exp(-seconds / spinUpSeconds)));
    const a = load * amplitudeNt;
    const cos =
      a * (Math.cos(turn * turns) + 0.35 * Math.cos(2 * turn * turns) + 0.15 * Math.cos(3 * turn * turns));
    const sin = a * (Math.sin(turn * turns) + 0.25 * Math.sin(2 * turn * turns));
    return combine(cos, u, sin, v, load, supply);
  };
}

/** A cooling fan: one steady line with slow beats and a little flutter in its rate, along one axis, no steady field. */
export function fanNoise(options: MachineOptions): Disturbance {
  const { random, gaussian, durationSeconds, amplitudeNt } = options;
  const rateHz = 12.5 + 3 * random();
  const beatHz = 0.15 + 0.3 * random();
  const beatDepth = 0.15 + 0.25 * random();
  const flutterHz = 0.7 + random();
  const flutterTurns = 0.08 + 0.1 * random();
  const [u, v] = plane(gaussian);
  return (seconds) => {
    const envelope = riseAndFall(seconds, durationSeconds, 0.8, 0.8);
    const a = envelope * amplitudeNt * (1 - beatDepth * (1 + Math.cos(turn * beatHz * seconds)) * 0.5);
    const phase = turn * (rateHz * seconds + flutterTurns * Math.sin(turn * flutterHz * seconds));
    return combine(a * Math.cos(phase), u, 0.2 * a * Math.sin(phase), v, 0, u);
  };
}

/**
 * A mains load switched on nearby: its steady stray field steps at once, and the 50 Hz line, third harmonic
 * included, appears wherever sampling folds it to.
 */
export function electricalLoad(options: MachineOptions & { readonly mainsHz: number }): Disturbance {
  const { random, gaussian, durationSeconds, amplitudeNt, mainsHz } = options;
  const step = scaledDirection(gaussian, amplitudeNt * (0.6 + 0.8 * random()));
  const phase = turn * random();
  const [u, v] = plane(gaussian);
  return (seconds) => {
    const envelope = riseAndFall(seconds, durationSeconds, 0.05, 0.05);
    const angle = turn * mainsHz * seconds + phase;
    const main = envelope * amplitudeNt * Math.sin(angle);
    const third = envelope * 0.2 * amplitudeNt * Math.sin(3 * angle);
    return combine(main, u, third, v, envelope, step);
  };
}

function riseAndFall(seconds: number, duration: number, riseSeconds: number, fallSeconds: number): number {
  if (seconds < 0 || seconds > duration) return 0;
  return Math.min(1, seconds / riseSeconds, (duration - seconds) / fallSeconds);
}

function combine(a: number, u: Vector3, b: number, v: Vector3, c: number, w: Vector3): Vector3 {
  return [a * u[0] + b * v[0] + c * w[0], a * u[1] + b * v[1] + c * w[1], a * u[2] + b * v[2] + c * w[2]];
}

function scaledDirection(gaussian: () => number, length: number): Vector3 {
  for (;;) {
    const [x, y, z] = [gaussian(), gaussian(), gaussian()];
    const norm = Math.hypot(x, y, z);
    if (norm > 1e-6) return [(length * x) / norm, (length * y) / norm, (length * z) / norm];
  }
}

/** Two unit vectors at right angles, in a random plane. */
function plane(gaussian: () => number): readonly [Vector3, Vector3] {
  const u = scaledDirection(gaussian, 1);
  const w = scaledDirection(gaussian, 1);
  const [x, y, z] = [u[1] * w[2] - u[2] * w[1], u[2] * w[0] - u[0] * w[2], u[0] * w[1] - u[1] * w[0]];
  const norm = Math.hypot(x, y, z);
  return norm > 1e-3 ? [u, [x / norm, y / norm, z / norm]] : plane(gaussian);
}
