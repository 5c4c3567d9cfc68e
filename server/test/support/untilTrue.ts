const POLL_MS = 50;
const PATIENCE_MS = 120_000;

/** Asks again and again until the answer is yes. */
export async function untilTrue(ask: () => Promise<boolean>): Promise<void> {
  const last = performance.now() + PATIENCE_MS;
  while (!(await ask())) {
    if (performance.now() > last) throw new Error("it did not become true in time");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
