import { setTimeout as sleep } from "node:timers/promises";

const PAUSE_MS = 50;

/** Asks until the address answers 200. Rejects only when aborted. */
export async function awaitHealth(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
      await answer.body?.cancel();
      if (answer.status === 200) return;
    } catch {
      // Not listening yet.
    }
    await sleep(PAUSE_MS, undefined, { signal });
  }
}
