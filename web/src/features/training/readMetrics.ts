/** Scores of one class as the results page shows them; null where a score cannot be known. */
export interface ClassScore {
  readonly name: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly support: number | null;
}

export interface ConfusionMatrix {
  readonly labels: readonly string[];
  /** counts[truth][predicted]. */
  readonly counts: readonly (readonly number[])[];
}

export interface Figure {
  readonly name: string;
  readonly value: number;
  /** A share of one is shown as a percentage. */
  readonly isShare: boolean;
}

export interface Metrics {
  readonly figures: readonly Figure[];
  readonly classes: readonly ClassScore[];
  readonly confusion: ConfusionMatrix | null;
  readonly warnings: readonly string[];
  readonly importances: readonly { feature: string; importance: number }[];
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  value !== null && typeof value === "object" && !Array.isArray(value);
const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

const FIGURES: [key: string, name: string, isShare: boolean][] = [
  ["accuracy", "Accuracy", true],
  ["balanced_accuracy", "Balanced accuracy", true],
  ["event_f1", "Event F1", true],
  ["log_loss", "Log loss", false],
  ["ece", "Calibration error", true],
  ["examples", "Examples", false],
  ["n", "Examples scored", false],
  ["groups", "Labels and blocks scored", false],
  ["window_seconds", "Window, s", false],
  ["window_length", "Window, rows", false],
];

function readClasses(metrics: Json, validation: Json): ClassScore[] {
  const scores = [metrics.per_class, validation.per_class, metrics.classes]
    .map(list)
    .find((rows) => rows.some(isObject));
  return (scores ?? []).filter(isObject).map((row) => ({
    name: text(row.name) ?? text(row.category) ?? "?",
    precision: number(row.precision),
    recall: number(row.recall),
    f1: number(row.f1),
    support: number(row.support),
  }));
}

function readConfusion(
  metrics: Json,
  validation: Json,
  classes: readonly ClassScore[],
): ConfusionMatrix | null {
  const found = metrics.confusion_matrix ?? validation.confusion_matrix;
  const rows = isObject(found) ? list(found.matrix) : list(found);
  const counts = rows.map((row) => list(row).map((count) => number(count) ?? 0));
  if (counts.length === 0 || counts.some((row) => row.length !== counts.length)) return null;
  const named = isObject(found) ? list(found.labels) : list(metrics.classes);
  const labels = counts.map((_, i) => {
    const own = named[i];
    return text(own) ?? (isObject(own) ? text(own.name) : null) ?? classes[i]?.name ?? `class ${i + 1}`;
  });
  return { labels, counts };
}

/**
 * A session's metrics as far as they are there. Old sessions, other algorithms and failed validations lack some: what
 * is missing is left out, never shown as zero.
 */
export function readMetrics(metrics: Json): Metrics {
  const validation = isObject(metrics.validation) ? metrics.validation : {};
  const calibration = isObject(validation.calibration) ? validation.calibration : {};
  const events = isObject(validation.events) ? validation.events : {};
  const from = (key: string) =>
    number(metrics[key]) ??
    number(validation[key]) ??
    number(calibration[key]) ??
    (key === "event_f1" ? number(events.f1) : null);
  const figures = FIGURES.flatMap(([key, name, isShare]): Figure[] => {
    const value = from(key);
    return value === null ? [] : [{ name, value, isShare }];
  });
  const classes = readClasses(metrics, validation);
  return {
    figures,
    classes,
    confusion: readConfusion(metrics, validation, classes),
    warnings: list(metrics.warnings).filter((warning) => typeof warning === "string"),
    importances: list(metrics.feature_importances).flatMap((entry) => {
      const feature = isObject(entry) ? text(entry.feature) : null;
      const importance = isObject(entry) ? number(entry.importance) : null;
      return feature === null || importance === null ? [] : [{ feature, importance }];
    }),
  };
}

/** What a session is doing, in words; null where it does not say. */
export function readProgress(live: Json): { text: string; accuracy: number | null } | null {
  const phases: Record<string, string> = {
    windows: "cutting windows",
    features: "computing features",
    validation: "validating",
    forest: "growing the forest",
    finished: "finishing",
  };
  const phase = text(live.phase);
  const done = number(live.trees_done);
  const total = number(live.trees_total);
  const parts = [
    phase === null ? null : (phases[phase] ?? phase),
    done !== null && total !== null && total > 0 ? `${done} of ${total} trees` : null,
  ].filter((part) => part !== null);
  const nested = isObject(live.metrics) ? live.metrics : live;
  const accuracy = number(nested.out_of_fold_accuracy) ?? number(nested.fold_accuracy);
  return parts.length === 0 && accuracy === null ? null : { text: parts.join(", "), accuracy };
}
