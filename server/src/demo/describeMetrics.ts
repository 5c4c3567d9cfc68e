import type { TrainingSession } from "@magtrace/contracts";

/** What a session's own validation found, a line each; a score that is not known is left out. */
export function describeMetrics({ final_metrics: metrics }: TrainingSession): string[] {
  const lines = [
    figure("examples", metrics.examples, 0),
    figure("accuracy", metrics.accuracy, 3),
    figure("balanced accuracy", metrics.balanced_accuracy, 3),
    figure("event F1", metrics.event_f1, 3),
    figure("log loss", metrics.log_loss, 3),
  ];
  const warnings = Array.isArray(metrics.warnings)
    ? metrics.warnings.map((warning) => `warning: ${warning}`)
    : [];
  return [...lines.filter((line) => line !== null), ...warnings].map(
    (line) => `          validation ${line}`,
  );
}

function figure(name: string, value: unknown, digits: number): string | null {
  return typeof value === "number" ? `${name} ${value.toFixed(digits)}` : null;
}
