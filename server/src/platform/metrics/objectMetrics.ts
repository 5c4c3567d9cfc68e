import { Counter, Histogram, type Registry } from "prom-client";
import { OPERATION_SECONDS } from "./buckets.ts";

export type ObjectOperation = "open" | "read" | "write" | "exists" | "delete" | "list";
/** Why an operation failed; ok where it did not. */
export type ObjectOutcome = "ok" | "missing" | "damaged" | "conflict" | "full" | "refused" | "unavailable";

export interface ObjectMetrics {
  /** @param seconds From the first call to the last answer; reading a stream includes whoever takes its pieces. */
  ended(operation: ObjectOperation, outcome: ObjectOutcome, seconds: number): void;
  passed(direction: "read" | "written", bytes: number): void;
}

export function objectMetrics(registry: Registry): ObjectMetrics {
  const operations = new Counter({
    name: "magtrace_object_operations_total",
    help: "Operations of the object store, unsealing included, by how they ended.",
    labelNames: ["operation", "outcome"] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "magtrace_object_operation_seconds",
    help: "How long operations of the object store took.",
    labelNames: ["operation"] as const,
    buckets: OPERATION_SECONDS,
    registers: [registry],
  });
  const bytes = new Counter({
    name: "magtrace_object_bytes_total",
    help: "Bytes of objects that were read or written, before sealing.",
    labelNames: ["direction"] as const,
    registers: [registry],
  });
  // What is not there before it first happens cannot be seen to grow.
  for (const operation of ["open", "read"]) operations.inc({ operation, outcome: "damaged" }, 0);
  const read = bytes.labels("read");
  const written = bytes.labels("written");
  return {
    ended(operation, outcome, took) {
      operations.inc({ operation, outcome });
      seconds.observe({ operation }, took);
    },
    passed(direction, count) {
      (direction === "read" ? read : written).inc(count);
    },
  };
}
