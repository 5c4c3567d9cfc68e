/**
 * Passes at most one value per `everyMs` on, the newest, one call at a time. `stop` waits for the call under way and
 * drops what has not been passed on.
 */
export function throttle<T>(everyMs: number, pass: (value: T) => Promise<void>) {
  let waiting: { value: T } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let lastMs = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (timer || running || !waiting) return;
    timer = setTimeout(flush, Math.max(0, lastMs + everyMs - performance.now()));
  }

  function flush(): void {
    timer = undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    lastMs = performance.now();
    running = pass(value).finally(() => {
      running = undefined;
      schedule();
    });
  }

  return {
    call(value: T): void {
      waiting = { value };
      schedule();
    },
    async stop(): Promise<void> {
      clearTimeout(timer);
      waiting = undefined;
      await running;
      clearTimeout(timer);
    },
  };
}
