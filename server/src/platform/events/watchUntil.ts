import type { ProjectEvent } from "@magtrace/contracts";
import type { EventSource } from "./events.ts";

export interface Watch<T> {
  readonly waitSeconds: number;
  /** Whether an event says that it is worth looking now. */
  readonly concerns: (event: ProjectEvent) => boolean;
  readonly read: () => Promise<T>;
  readonly isSettled: (found: T) => boolean;
}

/** An event may be missed while its connection comes back. */
const POLL_MS = 1_000;

export interface Watched {
  readonly events: EventSource;
  /** Aborted when the process stops: nobody waits any longer. */
  readonly stopping: AbortSignal;
}

/** What is found once it is settled, or when the wait is over. It learns of it by event, or within a second by polling. */
export async function watchUntil<T>(
  { events, stopping }: Watched,
  { waitSeconds, concerns, read, isSettled }: Watch<T>,
): Promise<T> {
  const until = performance.now() + waitSeconds * 1_000;
  let wake: () => void = () => undefined;
  const unsubscribe = events.subscribe((event) => {
    if (concerns(event)) wake();
  });
  const wakeToStop = () => wake();
  stopping.addEventListener("abort", wakeToStop);
  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const found = await read();
      const leftMs = until - performance.now();
      if (isSettled(found) || leftMs <= 0 || stopping.aborted) return found;
      await waitFor(woken, Math.min(POLL_MS, leftMs));
    }
  } finally {
    unsubscribe();
    stopping.removeEventListener("abort", wakeToStop);
  }
}

async function waitFor(woken: Promise<void>, mostMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, mostMs);
  });
  await Promise.race([woken, timeout]);
  clearTimeout(timer);
}
