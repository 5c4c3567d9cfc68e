import type { Recording, VectorReadings } from "../types.ts";

/**
 * A recording in memory for tests, of one track. It is hostile: every read answers from the same buffers, which the
 * next read overwrites.
 */
export function recordingOf(readings: VectorReadings, sampleRateHz: number | null): Recording {
  let buffers = { b_x: new Float64Array(0), b_y: new Float64Array(0), b_z: new Float64Array(0) };
  return {
    tracks: [{ startIndex: 0, endIndex: readings.b_x.length - 1, sampleRateHz }],
    async read(startIndex, endIndex) {
      if (startIndex < 0 || endIndex >= readings.b_x.length || endIndex < startIndex) {
        throw new RangeError(`rows ${startIndex}…${endIndex} were read of ${readings.b_x.length}`);
      }
      const length = endIndex - startIndex + 1;
      const channels = ["b_x", "b_y", "b_z"] as const;
      if (buffers.b_x.length < length) {
        const fresh = () => new Float64Array(length);
        buffers = { b_x: fresh(), b_y: fresh(), b_z: fresh() };
      }
      for (const channel of channels)
        buffers[channel].set(readings[channel].subarray(startIndex, endIndex + 1));
      return {
        b_x: buffers.b_x.subarray(0, length),
        b_y: buffers.b_y.subarray(0, length),
        b_z: buffers.b_z.subarray(0, length),
      };
    },
  };
}
