import { AggregatorRegistry, type Registry } from "prom-client";
import type { MetricsSnapshot } from "./metrics.ts";

/**
 * What processes that are not scraped themselves have counted: of each its last snapshot, and of those that have ended
 * the sum, so that no counter ever goes back.
 */
export class OtherProcesses {
  readonly #latest = new Map<number, MetricsSnapshot>();
  #ended: Promise<MetricsSnapshot> = Promise.resolve([]);

  received(pid: number, snapshot: MetricsSnapshot): void {
    this.#latest.set(pid, snapshot);
  }

  /** Its number may be given to another. */
  ended(pid: number): void {
    const last = this.#latest.get(pid);
    if (last === undefined) return;
    this.#latest.delete(pid);
    this.#ended = this.#ended.then((sum) => added([sum, last]));
  }

  async snapshots(): Promise<MetricsSnapshot[]> {
    const running = [...this.#latest.values()];
    const ended = await this.#ended;
    return [ended, ...running].filter(({ length }) => length > 0);
  }
}

async function added(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return (await sumOf(snapshots).getMetricsAsJSON()) as unknown as MetricsSnapshot;
}

function sumOf(snapshots: readonly MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots as unknown as object[]) as Registry;
}

/** All metrics of a registry as text, with what others have counted of the same. */
export async function textWith(
  registry: Registry,
  own: MetricsSnapshot,
  others: readonly MetricsSnapshot[],
): Promise<string> {
  if (others.length === 0) return registry.metrics();
  const summed = sumOf([own, ...others]);
  const names = (await registry.getMetricsAsArray()).map(({ name }) => name);
  const texts = await Promise.all(
    names.map((name) => (summed.getSingleMetric(name) ? summed : registry).getSingleMetricAsString(name)),
  );
  return `${texts.join("\n\n")}\n`;
}
