import { Counter, Histogram, type Registry } from "prom-client";
import { WORK_SECONDS } from "./buckets.ts";

interface EndedIngest {
  readonly outcome: "completed" | "refused";
  readonly rows: number;
  /** Of the file, as it was uploaded. */
  readonly bytes: number;
  readonly seconds: number;
}

interface EndedTraining {
  readonly algorithm: string;
  readonly outcome: "completed" | "failed" | "stopped";
  readonly seconds: number;
}

/** What users have made, told after it is committed. */
export interface WorkMetrics {
  ingestEnded(ingest: EndedIngest): void;
  trainingEnded(training: EndedTraining): void;
  predictionMade(seconds: number): void;
  /** Of an organisation's chain of audit entries, or a part of it. */
  chainChecked(isIntact: boolean): void;
}

export function workMetrics(registry: Registry): WorkMetrics {
  const registers = [registry];
  const files = new Counter({
    name: "magtrace_ingest_files_total",
    help: "Uploaded files that were read into a dataset, or refused for what is in them.",
    labelNames: ["outcome"] as const,
    registers,
  });
  const ingestSeconds = new Histogram({
    name: "magtrace_ingest_seconds",
    help: "How long reading an uploaded file took.",
    buckets: WORK_SECONDS,
    registers,
  });
  const rows = new Counter({
    name: "magtrace_ingest_rows_total",
    help: "Rows of the datasets that uploaded files became.",
    registers,
  });
  const bytes = new Counter({
    name: "magtrace_ingest_bytes_total",
    help: "Bytes of the uploaded files that were read.",
    registers,
  });
  const trainings = new Histogram({
    name: "magtrace_training_seconds",
    help: "How long trainings took, from their last start to their end.",
    labelNames: ["algorithm", "outcome"] as const,
    buckets: WORK_SECONDS,
    registers,
  });
  const predictions = new Histogram({
    name: "magtrace_prediction_seconds",
    help: "How long predictions took.",
    buckets: WORK_SECONDS,
    registers,
  });
  const checks = new Counter({
    name: "magtrace_audit_checks_total",
    help: "Checks of a chain of audit entries, each ten minutes by the anchoring, and whenever somebody asks.",
    labelNames: ["outcome"] as const,
    registers,
  });
  // What is not there before it first happens cannot be seen to grow.
  for (const isIntact of [true, false]) checks.inc({ outcome: outcomeOf(isIntact) }, 0);
  return {
    ingestEnded(ingest) {
      files.inc({ outcome: ingest.outcome });
      ingestSeconds.observe(ingest.seconds);
      rows.inc(ingest.rows);
      bytes.inc(ingest.bytes);
    },
    trainingEnded({ algorithm, outcome, seconds }) {
      trainings.observe({ algorithm, outcome }, seconds);
    },
    predictionMade(seconds) {
      predictions.observe(seconds);
    },
    chainChecked(isIntact) {
      checks.inc({ outcome: outcomeOf(isIntact) });
    },
  };
}

function outcomeOf(isIntact: boolean): string {
  return isIntact ? "intact" : "damaged";
}
