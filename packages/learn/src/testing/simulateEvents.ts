import { createRandom } from "@magtrace/signal";
import type { Label, TrainingSource } from "../types.ts";
import { recordingOf } from "./recordingOf.ts";

export interface SimulationOptions {
  seed: number;
  rows: number;
  rateHz: number;
  /** Shortest and longest event, s. */
  eventSeconds: readonly [number, number];
}

/**
 * A drifting field with white noise and events of three kinds, for tests: "tone" (a steady line), "bump" (a dipole
 * passing by) and "noise" (broad-band). Level, drift and order follow from the seed.
 */
export function simulateEvents({ seed, rows, rateHz, eventSeconds }: SimulationOptions): TrainingSource {
  const random = createRandom(seed);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const level = [20_000 * (random() - 0.5), 15_000 * (random() - 0.5), 40_000];
  const phases = [random(), random(), random()].map((value) => 2 * Math.PI * value);
  const columns = [0, 1, 2].map((axis) =>
    Float64Array.from({ length: rows }, (_, i) => {
      const drift = 80 * Math.sin((2 * Math.PI * i) / (rateHz * 300) + phases[axis]!);
      return level[axis]! + drift + 2 * gaussian();
    }),
  );
  const labels: Label[] = [];
  const between = (low: number, high: number) => low + (high - low) * random();
  const kinds = ["tone", "bump", "noise"] as const;
  let at = Math.round(between(3, 8) * rateHz);
  for (let k = 0; ; k++) {
    const length = Math.round(between(...eventSeconds) * rateHz);
    if (at + length + rateHz >= rows) break;
    const category = kinds[k % 3]!;
    const weights = [between(0.4, 1), between(-1, 1), between(-1, 1)];
    const toneHz = rateHz * between(0.18, 0.24);
    for (let i = 0; i < length; i++) {
      const bump = 60 * Math.exp(-(((i / length - 0.5) * 5) ** 2));
      const tone = 15 * Math.sin((2 * Math.PI * toneHz * i) / rateHz);
      for (let axis = 0; axis < 3; axis++) {
        const added = category === "tone" ? tone : category === "bump" ? bump : 15 * gaussian();
        columns[axis]![at + i]! += weights[axis]! * added;
      }
    }
    labels.push({ id: `event ${k}`, startIndex: at, endIndex: at + length - 1, category });
    at += length + Math.round(between(3, 8) * rateHz);
  }
  return { recording: recordingOf({ b_x: columns[0]!, b_y: columns[1]!, b_z: columns[2]! }, rateHz), labels };
}
