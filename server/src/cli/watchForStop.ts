import { collectWhenIdle } from "../platform/memory/collectWhenIdle.ts";

/** A terminal's Ctrl-C arrives once directly and again through npm and our launcher: that is one request. */
const SAME_REQUEST_MS = 1_000;

export interface StopRequest {
  /** Aborted at the first request. */
  readonly signal: AbortSignal;
  /** Resolves at the first request. */
  readonly asked: Promise<void>;
}

/**
 * Watches for the ways in which a process is asked to end: SIGINT, SIGTERM, SIGHUP, or the process that started it
 * is gone (the channel to it closes).
 *
 * @param onInsist A second request, later than the first's echoes.
 */
export function watchForStop(onInsist: () => void): StopRequest {
  const controller = new AbortController();
  let firstAt = 0;
  const request = () => {
    const at = performance.now();
    if (!controller.signal.aborted) {
      firstAt = at;
      controller.abort();
    } else if (at - firstAt > SAME_REQUEST_MS) {
      onInsist();
    }
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, request);
  if (process.connected) {
    process.once("disconnect", () => {
      if (!controller.signal.aborted) controller.abort();
    });
    // The channel alone must not keep a finished command alive.
    process.channel?.unref();
  }
  const asked = new Promise<void>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  return { signal: controller.signal, asked };
}

export interface Stoppable {
  /** Goes on as before until others have taken over; then stop. */
  drain?(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Runs a started process until it is asked to end; a second request ends it at once.
 *
 * @param stopSeconds How long stopping may take, after draining.
 */
export async function runUntilStopped(start: () => Promise<Stoppable>, stopSeconds: number): Promise<number> {
  const request = watchForStop(() => process.exit(130));
  const running = await start();
  collectWhenIdle();
  // While it runs, something must keep the process alive even when nothing else does.
  const alive = setInterval(() => {}, 2 ** 30);
  await request.asked;
  clearInterval(alive);
  await running.drain?.();
  setTimeout(() => process.exit(1), 1000 * stopSeconds).unref();
  await running.stop();
  return 0;
}
