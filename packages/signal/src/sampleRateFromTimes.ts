import { median } from "./median.ts";

/**
 * Rows per second of a time axis that may have duplicated stamps, backward steps, jitter and gaps: the number of
 * steps over the time they take, leaving out the steps backward and those over five times the median step forward.
 *
 * @param timeSeconds Shape (n); NaN is a missing stamp.
 * @returns null when no time passes (n < 2, or all stamps equal).
 * Cost O(n). Duplicated stamps count as readings: two rows a stamp of 0.1 s is 20 Hz.
 */
export function sampleRateFromTimes(timeSeconds: ArrayLike<number>): number | null {
  const forward: number[] = [];
  for (let i = 1; i < timeSeconds.length; i++) {
    const step = timeSeconds[i]! - timeSeconds[i - 1]!;
    if (step > 0) forward.push(step);
  }
  if (forward.length === 0) return null;
  const longest = 5 * median(forward);
  let steps = 0;
  let seconds = 0;
  for (let i = 1; i < timeSeconds.length; i++) {
    const step = timeSeconds[i]! - timeSeconds[i - 1]!;
    if (!(step >= 0 && step <= longest)) continue;
    steps++;
    seconds += step;
  }
  return steps / seconds;
}
