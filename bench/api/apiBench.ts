import type { createPool } from "../../server/src/platform/database/pool.ts";
import type { Print } from "../bench.ts";
import type { BenchInstallation } from "../installation.ts";
import type { Generator, Load } from "../load/startGenerator.ts";
import { processorTimes } from "../processes.ts";

/** Connections of the owner of the database. */
export type Owner = ReturnType<typeof createPool>;

/** What each part of the api's bench works with. */
export interface ApiBench {
  readonly installation: BenchInstallation;
  readonly port: number;
  readonly owner: Owner;
  readonly generator: Generator;
  readonly print: Print;
}

export interface Cost {
  readonly durationsMs: number[];
  readonly perSecond: number;
  /** Processor time a request, ms. */
  readonly apiMs: number;
  readonly postgresMs: number;
  readonly workerMs: number;
}

/** Runs a load against the installation and says what each request cost it. */
export async function costOf(
  { installation, port, generator }: ApiBench,
  load: Omit<Load, "port">,
): Promise<Cost> {
  const before = processorTimes(installation.pid);
  const { durationsMs, seconds } = await generator.run({ ...load, port });
  const after = processorTimes(installation.pid);
  const each = (part: "api" | "postgres" | "worker") => (after[part] - before[part]) / durationsMs.length;
  return {
    durationsMs,
    perSecond: durationsMs.length / seconds,
    apiMs: each("api"),
    postgresMs: each("postgres"),
    workerMs: each("worker"),
  };
}
