/** Runs steps one after the other and prints each with the time it took. */
export interface StepPrinter {
  step<Result>(name: string, run: () => Promise<Result>, tell?: (result: Result) => string): Promise<Result>;
  line(text: string): void;
}

export function createStepPrinter(print: (line: string) => void, nowMs: () => number): StepPrinter {
  return {
    line: print,
    step: async (name, run, tell) => {
      const start = nowMs();
      const result = await run();
      const seconds = ((nowMs() - start) / 1000).toFixed(1).padStart(6);
      print(`${seconds} s  ${name}${tell === undefined ? "" : `: ${tell(result)}`}`);
      return result;
    },
  };
}
