import type { TrainingProgress } from "@magtrace/learn";
import { jobAccess } from "../../access/actor.ts";
import type { ProjectRef } from "../../access/policy.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import type { JobData } from "../../platform/queue/queues.ts";
import { throttle } from "../../platform/throttle.ts";
import { announceSession } from "../announceSession.ts";
import * as queries from "../queries.ts";

const TELL_EVERY_MS = 400;
/** Within a phase the log gets a line this often: it is for reading afterwards, the progress bar for watching. */
const LOG_EVERY_MS = 5_000;

export interface Unwritten {
  readonly progress: queries.Progress | undefined;
  readonly lines: readonly string[];
}

/** Writes a session's progress into its row, at most a few times a second, and its log. */
export function progressReport(deps: Deps, job: JobData) {
  const { db, log } = deps;
  const session: ProjectRef & { id: number } = job;
  let lines: string[] = [];
  let phase = "";
  let loggedMs = Number.NEGATIVE_INFINITY;

  async function tell(progress: TrainingProgress): Promise<void> {
    const fresh = lines;
    lines = [];
    await inTransaction(db, jobAccess(deps, job), async (tx) => {
      const marked = await queries.markProgress(tx, job.id, stateOf(progress));
      if (!marked) return;
      await queries.addLogs(tx, session, fresh);
      await announceSession(tx, marked);
    }).catch((error) => {
      lines = [...fresh, ...lines];
      log.warn({ err: error, session_id: job.id }, "progress was not saved");
    });
  }

  let last: queries.Progress | undefined;
  const throttled = throttle(TELL_EVERY_MS, tell);
  return {
    report(progress: TrainingProgress): void {
      const nowMs = performance.now();
      const here = `${progress.phase} ${progress.metrics?.fold ?? ""}`;
      if (here !== phase || nowMs - loggedMs >= LOG_EVERY_MS) {
        lines.push(progress.message);
        phase = here;
        loggedMs = nowMs;
      }
      last = stateOf(progress);
      throttled.call(progress);
    },
    /** Ends it; answers what has not been written yet: the newest progress, if there was any, and lines of the log. */
    async stop(): Promise<Unwritten> {
      await throttled.stop();
      return { progress: last, lines };
    },
  };
}

function stateOf({
  fraction,
  phase,
  message,
  treesDone,
  treesTotal,
  metrics,
}: TrainingProgress): queries.Progress {
  return {
    percent: fraction * 100,
    treesDone,
    treesTotal,
    liveMetrics: { phase, message, trees_done: treesDone, trees_total: treesTotal, ...metrics },
  };
}
