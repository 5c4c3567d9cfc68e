/** Prints one figure as `name value unit`. */
export type Print = (name: string, value: number, unit: string) => void;

/** What a file in this folder exports to be a benchmark: its own file name and what it does. */
export interface Bench {
  readonly name: string;
  /** Checks that what it times is right before it times it; throws when not. */
  run(args: string[], print: Print): Promise<void>;
}

export function isBench(module: unknown): module is Bench {
  if (typeof module !== "object" || module === null) return false;
  return (
    "name" in module && typeof module.name === "string" && "run" in module && typeof module.run === "function"
  );
}

/** `name value unit`, the value with four significant digits or, where it is larger, whole. */
export function figureLine(name: string, value: number, unit: string): string {
  const shown = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4));
  return `${name} ${shown} ${unit}`;
}
