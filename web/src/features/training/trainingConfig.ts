/** What the form holds. An empty field leaves the choice to the learner. */
export interface TrainingFields {
  readonly unit: "window" | "annotation";
  readonly windowSeconds: number | "";
  readonly trees: number | "";
  readonly seed: number | "";
  readonly background: "auto" | "yes" | "no";
  readonly level: "relative" | "absolute";
  readonly attitude: "keep" | "invariant";
}

export const DEFAULT_FIELDS: TrainingFields = {
  unit: "window",
  windowSeconds: "",
  trees: 100,
  seed: 0,
  background: "auto",
  level: "relative",
  attitude: "keep",
};

/** The hyperparameters to send: only what differs from leaving it to the learner. */
export function trainingConfig(fields: TrainingFields): Record<string, unknown> {
  return {
    unit: fields.unit,
    ...(fields.unit === "window" && fields.windowSeconds !== ""
      ? { window_seconds: fields.windowSeconds }
      : {}),
    ...(fields.trees === "" ? {} : { n_trees: fields.trees }),
    ...(fields.seed === "" ? {} : { seed: fields.seed }),
    ...(fields.unit === "annotation" || fields.background === "auto"
      ? {}
      : { background: fields.background === "yes" }),
    features: { level: fields.level, attitude: fields.attitude },
  };
}
