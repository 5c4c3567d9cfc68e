/** When something was wrong, and for how long after it a client may still notice. */
export class FaultWindows {
  readonly #spans: { from: number; to: number }[] = [];
  readonly #graceMs: number;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  begin(): () => void {
    const span = { from: performance.now(), to: Number.POSITIVE_INFINITY };
    this.#spans.push(span);
    return () => {
      span.to = performance.now() + this.#graceMs;
    };
  }

  /** Whether anything was wrong between two moments. */
  met(from: number, to: number): boolean {
    return this.#spans.some((span) => span.from <= to && span.to >= from);
  }
}
