import type { TestContext } from "node:test";
import { type Measured, medianMs } from "./measureLoads.ts";

/** How long a simple request took: alone, before and after an attack, and beside traffic. */
export interface Loads {
  readonly before: Measured;
  readonly after: Measured;
  readonly "beside ordinary requests": Measured;
  readonly "beside broken requests": Measured;
  readonly "beside some broken requests": Measured;
}

/**
 * What of an attack others notice more than they may, in measures of the same run; null: nothing. Two cores are shared
 * by attacker, server and database, so that all traffic costs something: broken requests no more than those that people
 * make, and nothing that stays.
 */
export function excessOf(measured: Loads): string | null {
  const before = medianMs(measured.before);
  const beside = medianMs(measured["beside ordinary requests"]);
  for (const [name, most] of [
    ["after", 2 * before + 50],
    ["beside broken requests", 2 * beside],
    ["beside some broken requests", Math.max(3 * before + 50, beside)],
  ] as const) {
    const took = medianMs(measured[name]);
    if (took > most) return `${name}: p99 ${took.toFixed(1)} ms, more than ${most.toFixed(1)} ms`;
  }
  return null;
}

export function reportLoads(t: Pick<TestContext, "diagnostic">, loads: Loads): void {
  for (const [name, measured] of Object.entries(loads) as [string, Measured][]) {
    const turns = measured.p99Ms.map((ms) => ms.toFixed(0)).join(" ");
    const median = medianMs(measured).toFixed(1);
    t.diagnostic(
      `GET /api/projects/ ${name}: p99 ${median} ms (${turns}), ${measured.requests} requests beside it`,
    );
  }
}
