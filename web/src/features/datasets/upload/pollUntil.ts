import { ApiError } from "../../../api/apiError.ts";

const FIRST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 3000;
/** A server that restarts, or a line that is down, is waited for so long, ms. */
const PATIENCE_MS = 10 * 60_000;

interface Poll<T> {
  readonly ask: () => Promise<T>;
  readonly isEnough: (answer: T) => boolean;
  /** After that the answer is good as it is, ms. */
  readonly mostMs?: number;
  readonly signal: AbortSignal;
}

/** Asks until the answer is enough, with growing pauses. @throws what `ask` throws, unless the server is only away. */
export async function pollUntil<T>({ ask, isEnough, mostMs = Infinity, signal }: Poll<T>): Promise<T> {
  let pauseMs = FIRST_PAUSE_MS;
  const begunAt = performance.now();
  let answeredAt = begunAt;
  for (;;) {
    try {
      const answer = await ask();
      answeredAt = performance.now();
      if (isEnough(answer) || answeredAt - begunAt >= mostMs) return answer;
    } catch (error) {
      if (!isAway(error) || performance.now() - answeredAt >= PATIENCE_MS) throw error;
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5);
  }
}

function isAway(error: unknown): boolean {
  return error instanceof ApiError && [0, 429, 502, 503, 504].includes(error.status);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  clearTimeout(timer);
  signal.throwIfAborted();
}
