/** Waits until others have had their turn. The server passes setImmediate's promise. */
export type YieldToEventLoop = () => Promise<void>;

/** Counts computing time, so that no stretch of it is long. */
export interface WorkBudget {
  /** Counts work that comes next, in nanoseconds as once measured; true when a yield is due before it. */
  spend(nanoseconds: number): boolean;
  /** Waits for a turn of the event loop and begins to count anew. */
  yield(): Promise<void>;
}

/** A stretch of computing: a fourth of the 100 ms that nothing may take, for machines slower than the one measured. */
const STRETCH_NS = 25_000_000;

/**
 * Estimates rather than a clock decide when to yield, so that a run can be repeated exactly. Without a function to
 * call nothing is ever due.
 */
export function createWorkBudget(yieldToEventLoop: YieldToEventLoop | undefined): WorkBudget {
  let spent = 0;
  return {
    spend(nanoseconds) {
      spent += nanoseconds;
      return yieldToEventLoop !== undefined && spent > STRETCH_NS;
    },
    async yield() {
      spent = 0;
      await yieldToEventLoop?.();
    },
  };
}
