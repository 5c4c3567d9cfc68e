import type pg from "pg";
import type { Metrics } from "../platform/metrics/metrics.ts";
import type { JobContext } from "../platform/queue/queue.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { chainReader } from "./chainQueries.ts";
import { completeCheck, failCheck, updateCheck } from "./checkQueries.ts";
import { verifyChain } from "./verifyChain.ts";

interface CheckDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly auditSecret: Uint8Array;
  readonly metrics: Metrics;
}

const TELL_EVERY_MS = 500;

/** Recomputes a chain of any length; run again after a crash it begins anew. */
export async function verifyJob(
  { accountsPool, auditSecret, metrics }: CheckDeps,
  { organizationId, id }: JobData,
  { signal }: JobContext,
): Promise<void> {
  await updateCheck(accountsPool, id, 0);
  let toldMs = performance.now();
  const verdict = await verifyChain(chainReader(accountsPool), organizationId, auditSecret, {
    onProgress: async (position) => {
      signal.throwIfAborted();
      if (performance.now() - toldMs < TELL_EVERY_MS) return;
      toldMs = performance.now();
      await updateCheck(accountsPool, id, position);
    },
  });
  await completeCheck(accountsPool, id, verdict);
  metrics.work.chainChecked(verdict.intact);
}

export async function abandonCheck(
  { accountsPool }: Pick<CheckDeps, "accountsPool">,
  { id }: JobData,
): Promise<void> {
  await failCheck(accountsPool, id);
}
