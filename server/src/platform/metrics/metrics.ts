import { Counter, Histogram, type MetricObjectWithValues, type MetricValue, Registry } from "prom-client";
import { type ObjectMetrics, objectMetrics } from "./objectMetrics.ts";
import { type WorkMetrics, workMetrics } from "./workMetrics.ts";

/** The metrics of a process as JSON, as one process hands them to another. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What one process counts and measures. Counting goes on whether or not anybody scrapes. */
export interface Metrics {
  readonly registry: Registry;
  readonly objects: ObjectMetrics;
  readonly work: WorkMetrics;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  return { registry, objects: objectMetrics(registry), work: workMetrics(registry) };
}

/** Of counters and histograms alone: what is true of one process at one moment cannot be added up. */
export async function snapshotOf(registry: Registry): Promise<MetricsSnapshot> {
  const all = (await registry.getMetricsAsJSON()) as unknown as MetricsSnapshot;
  return all.filter(({ name }) => {
    const metric = registry.getSingleMetric(name);
    return metric instanceof Counter || metric instanceof Histogram;
  });
}
