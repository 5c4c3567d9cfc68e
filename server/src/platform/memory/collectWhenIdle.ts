import { type EventLoopUtilization, performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const EVERY_MS = 10_000;
/** Share of the time in which the event loop had something to do; an idle api's timers and heartbeats take 0.01. */
const MOST_BUSY = 0.03;

export interface IdleOptions {
  readonly everyMs?: number;
  /** Since it was asked last, 0 to 1. */
  readonly utilization?: () => number;
  readonly collect?: () => void;
}

/**
 * Collects this thread's garbage once it has nothing to do after it had: V8 collects when memory is asked for, and one that
 * rests asks for none. What starting, or a load, has left would stay for hours: with it an idle installation held 40 MB
 * more. The collection stops the thread for some 50 ms, at a time when nobody waits for it.
 *
 * @returns what ends the watching.
 */
export function collectWhenIdle({
  everyMs = EVERY_MS,
  utilization = sinceLast(),
  collect = collector(),
}: IdleOptions = {}): () => void {
  let hasWorked = true;
  const timer = setInterval(() => {
    const isIdle = utilization() <= MOST_BUSY;
    if (isIdle && hasWorked) collect();
    hasWorked = !isIdle;
  }, everyMs);
  // Watching keeps no thread alive.
  timer.unref();
  return () => clearInterval(timer);
}

function sinceLast(): () => number {
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

/** V8's own, which it hands to contexts made while the flag is set. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
