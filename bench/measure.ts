import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/**
 * The value below which a share of the values lies, interpolated between neighbours.
 *
 * @param share 0…1. @throws {RangeError} on no values, a NaN among them, or a share outside.
 * Cost O(n log n). Source: Hyndman & Fan (1996), definition 7.
 */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) throw new RangeError("no values to take a percentile of");
  if (!(share >= 0 && share <= 1)) throw new RangeError(`share ${share} is not from 0 to 1`);
  // NaN sorts last.
  if (Number.isNaN(sorted[sorted.length - 1])) throw new RangeError("a value is NaN");
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

export function median(values: ArrayLike<number>): number {
  return percentile(values, 0.5);
}

/** Runs something `times` over and returns each duration, ms. */
export async function timeEach(times: number, run: (turn: number) => unknown): Promise<Float64Array> {
  const durationsMs = new Float64Array(times);
  for (let turn = 0; turn < times; turn += 1) {
    const start = performance.now();
    await run(turn);
    durationsMs[turn] = performance.now() - start;
  }
  return durationsMs;
}

export interface ProcessMemory {
  /** Resident now, bytes. */
  readonly residentBytes: number;
  /** Most ever resident, bytes (VmHWM). */
  readonly peakBytes: number;
  readonly threads: number;
}

/** Memory of a process and all its threads from /proc; null where there is no such process or no /proc. */
export function processMemory(pid: number): ProcessMemory | null {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return null;
  }
  const kib = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  // A process that has ended but was not collected has a status without memory.
  if (Number.isNaN(kib("VmRSS"))) return null;
  return { residentBytes: 1024 * kib("VmRSS"), peakBytes: 1024 * kib("VmHWM"), threads: kib("Threads") };
}

/** A process and its descendants, itself first. */
export function processTree(pid: number): number[] {
  const children: number[] = [];
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const listed = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim();
      if (listed !== "") children.push(...listed.split(" ").map(Number));
    }
  } catch {
    // It ended while being looked at.
  }
  return [pid, ...children.flatMap(processTree)];
}

export interface PeakMemory {
  /** The largest process's own high-water mark, bytes. */
  readonly largestProcessBytes: number;
  /** Most that all processes together held in one sample, bytes; shared pages count in each. */
  readonly togetherBytes: number;
}

/** Samples the memory of a process and its descendants until `stop` is called, which returns the peaks. */
export function watchMemory(pid: number, intervalMs = 50): { stop(): Promise<PeakMemory> } {
  let largestProcessBytes = 0;
  let togetherBytes = 0;
  const sample = () => {
    const seen = processTree(pid)
      .map(processMemory)
      .filter((memory) => memory !== null);
    largestProcessBytes = Math.max(largestProcessBytes, ...seen.map(({ peakBytes }) => peakBytes));
    togetherBytes = Math.max(
      togetherBytes,
      seen.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
    );
  };
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      sample();
      await delay(intervalMs, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      sample();
      ending.abort();
      await watching;
      return { largestProcessBytes, togetherBytes };
    },
  };
}
