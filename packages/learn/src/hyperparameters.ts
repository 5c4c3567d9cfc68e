export interface Hyperparameters {
  unit: "window" | "annotation";
  windowSeconds: number | null;
  windowLength: number | null;
  stride: number | null;
  background: boolean | null;
  nTrees: number;
  maxDepth: number | null;
  minLeaf: number;
  maxFeatures: "sqrt" | "log2" | number;
  maxBins: number;
  classWeight: "balanced" | null;
  level: "relative" | "absolute";
  attitude: "keep" | "invariant";
  folds: number;
  seed: number;
  smoothing: number;
}

export interface HyperparameterFault {
  parameter: string;
  value: unknown;
  /** What would be accepted, as a phrase: "a whole number from 1 to 2000". */
  expected: string;
}

export interface HyperparameterDefinition {
  /** As it appears in JSON. */
  name: string;
  type: "integer" | "number" | "boolean" | "choice";
  default: string | number | boolean | null;
  minimum?: number;
  maximum?: number;
  choices?: readonly string[];
  /** Null means "chosen from the data", or "no limit". */
  nullable?: true;
  description: string;
}

/** Everything that can be set, for forms and documentation. */
export const hyperparameterDefinitions: readonly HyperparameterDefinition[] = [
  {
    name: "unit",
    type: "choice",
    choices: ["window", "annotation"],
    default: "window",
    description: "What an example is: a short window, or a whole labelled interval.",
  },
  {
    name: "window_seconds",
    type: "number",
    minimum: 0.001,
    maximum: 86_400,
    default: null,
    nullable: true,
    description: "Window length in seconds. By default from the lengths of the labels.",
  },
  {
    name: "window_length",
    type: "integer",
    minimum: 2,
    maximum: 65_536,
    default: null,
    nullable: true,
    description: "Window length in rows; goes before window_seconds.",
  },
  {
    name: "stride",
    type: "integer",
    minimum: 1,
    maximum: 65_536,
    default: null,
    nullable: true,
    description: "Rows from one window to the next in training. By default a quarter of a window.",
  },
  {
    name: "background",
    type: "boolean",
    default: null,
    nullable: true,
    description: "Learn unlabelled rows as a class of their own. By default only with a single category.",
  },
  {
    name: "n_trees",
    type: "integer",
    minimum: 1,
    maximum: 2000,
    default: 100,
    description: "Trees in the forest.",
  },
  {
    name: "max_depth",
    type: "integer",
    minimum: 1,
    maximum: 1000,
    default: null,
    nullable: true,
    description: "Most splits from the root to a leaf. By default without limit.",
  },
  {
    name: "min_leaf",
    type: "integer",
    minimum: 1,
    maximum: 1_000_000,
    default: 1,
    description: "Fewest drawn examples in a leaf.",
  },
  {
    name: "max_features",
    type: "number",
    minimum: 0,
    maximum: 1000,
    choices: ["sqrt", "log2"],
    default: "sqrt",
    description: "Features tried at each split: sqrt, log2, a number, or a share below 1.",
  },
  {
    name: "max_bins",
    type: "integer",
    minimum: 2,
    maximum: 255,
    default: 255,
    description: "Bins a feature's values are sorted into.",
  },
  {
    name: "class_weight",
    type: "choice",
    choices: ["balanced"],
    default: null,
    nullable: true,
    description: "balanced gives each class the same weight, however many examples it has.",
  },
  {
    name: "features.level",
    type: "choice",
    choices: ["relative", "absolute"],
    default: "relative",
    description: "relative does not see the absolute field level, which drifts; absolute adds it.",
  },
  {
    name: "features.attitude",
    type: "choice",
    choices: ["keep", "invariant"],
    default: "keep",
    description: "invariant uses only what turning the sensor does not change.",
  },
  {
    name: "folds",
    type: "integer",
    minimum: 2,
    maximum: 20,
    default: 5,
    description: "Parts in cross-validation.",
  },
  {
    name: "seed",
    type: "integer",
    minimum: 0,
    maximum: 4_294_967_295,
    default: 0,
    description: "Chooses the random sequence; the same seed gives the same model.",
  },
  {
    name: "smoothing",
    type: "number",
    minimum: 0,
    maximum: 20,
    default: 1,
    description:
      "What a change of class must be worth, in half windows of evidence; 0 takes each step by itself.",
  },
];

export type HyperparameterReading =
  | { ok: true; hyperparameters: Hyperparameters }
  | { ok: false; faults: HyperparameterFault[] };

/**
 * Reads hyperparameters from JSON, filling in defaults. Names that are not known are ignored: old clients send
 * epochs and learning rates. Dotted names may come nested: {"features": {"level": …}}. Null means the default.
 */
export function readHyperparameters(input: unknown): HyperparameterReading {
  const given = isRecord(input) ? input : {};
  const values = new Map<string, unknown>();
  const faults: HyperparameterFault[] = [];
  for (const definition of hyperparameterDefinitions) {
    const value = lookUp(given, definition.name) ?? definition.default;
    if (value === null || accepts(definition, value)) values.set(definition.name, value);
    else faults.push({ parameter: definition.name, value, expected: expectation(definition) });
  }
  if (faults.length > 0) return { ok: false, faults };
  const get = <T>(name: string): T => values.get(name) as T; // checked against the definition above
  return {
    ok: true,
    hyperparameters: {
      unit: get("unit"),
      windowSeconds: get("window_seconds"),
      windowLength: get("window_length"),
      stride: get("stride"),
      background: get("background"),
      nTrees: get("n_trees"),
      maxDepth: get("max_depth"),
      minLeaf: get("min_leaf"),
      maxFeatures: get("max_features"),
      maxBins: get("max_bins"),
      classWeight: get("class_weight"),
      level: get("features.level"),
      attitude: get("features.attitude"),
      folds: get("folds"),
      seed: get("seed"),
      smoothing: get("smoothing"),
    },
  };
}

/** The same values under the names they have in JSON. */
export function hyperparametersToJson(parameters: Hyperparameters): Record<string, unknown> {
  return {
    unit: parameters.unit,
    window_seconds: parameters.windowSeconds,
    window_length: parameters.windowLength,
    stride: parameters.stride,
    background: parameters.background,
    n_trees: parameters.nTrees,
    max_depth: parameters.maxDepth,
    min_leaf: parameters.minLeaf,
    max_features: parameters.maxFeatures,
    max_bins: parameters.maxBins,
    class_weight: parameters.classWeight,
    "features.level": parameters.level,
    "features.attitude": parameters.attitude,
    folds: parameters.folds,
    seed: parameters.seed,
    smoothing: parameters.smoothing,
  };
}

function lookUp(given: Record<string, unknown>, name: string): unknown {
  if (given[name] !== undefined) return given[name];
  const [outer, inner] = name.split(".");
  const nested = given[outer!];
  return inner !== undefined && isRecord(nested) ? nested[inner] : undefined;
}

function accepts(definition: HyperparameterDefinition, value: unknown): boolean {
  if (typeof value === "string" && definition.choices?.includes(value)) return true;
  if (definition.type === "boolean") return typeof value === "boolean";
  if (definition.type === "choice" || typeof value !== "number") return false;
  if (definition.type === "integer" && !Number.isInteger(value)) return false;
  if (definition.name === "max_features" && !(value > 0 && (value < 1 || Number.isInteger(value))))
    return false;
  return value >= definition.minimum! && value <= definition.maximum!;
}

function expectation({ type, choices, minimum, maximum, name }: HyperparameterDefinition): string {
  if (type === "boolean") return "true or false";
  if (name === "max_features")
    return `sqrt, log2, a whole number from 1 to ${maximum}, or a share between 0 and 1`;
  if (type === "choice") return choices!.join(" or ");
  return `a ${type === "integer" ? "whole number" : "number"} from ${minimum} to ${maximum}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
