import { jobAccess } from "../../access/actor.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import { isWanted } from "../queries.ts";

const LOOK_EVERY_MS = 500;

/** Looks, as long as the work runs, whether anybody still wants it; `signal` is aborted when not. */
export function watchWanted(deps: Deps, job: JobData): { signal: AbortSignal; stop(): void } {
  const { db, log } = deps;
  const unwanted = new AbortController();
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    try {
      const wanted = await inTransaction(db, jobAccess(deps, job), (tx) => isWanted(tx, job.id));
      if (!wanted) unwanted.abort(new Error("the training was stopped or deleted"));
    } catch (error) {
      log.warn({ err: error, session_id: job.id }, "could not read whether a training is still wanted");
    } finally {
      looking = false;
    }
  }, LOOK_EVERY_MS);
  return { signal: unwanted.signal, stop: () => clearInterval(timer) };
}
