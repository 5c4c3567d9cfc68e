import type { UnreadableFile } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import { watchUntil } from "../platform/events/watchUntil.ts";
import * as queries from "./queries.ts";
import { refusalSentence } from "./refusalSentence.ts";

/** The dataset as it is when its file was read or refused, or when the configured wait is over. */
export function whenRead(deps: ApiDeps, actor: Actor, id: number): Promise<queries.StoredDataset> {
  return watchUntil(deps, {
    waitSeconds: deps.config.UPLOAD_WAIT_SECONDS,
    concerns: ({ kind, id: subject, state }) =>
      kind === "dataset" && subject === id && state.status !== "running",
    read: async () => {
      const dataset = await inTransaction(deps.db, actor.database, (tx) => queries.findDataset(tx, id));
      if (!dataset) throw new AppError("gone", "The dataset was deleted while it was being read.");
      return dataset;
    },
    isSettled: ({ status }) => status === "completed" || status === "failed",
  });
}

/** Whether reading failed for what is in the file, and not through a fault of ours. */
export function isRefused({ status, totalFindings }: queries.StoredDataset): boolean {
  return status === "failed" && totalFindings > 0;
}

export function refusalOf({ findings, totalFindings, questions }: queries.StoredDataset): AppError {
  return new AppError("unreadable_file", refusalSentence(totalFindings), {
    details: {
      findings: [...findings],
      total_findings: totalFindings,
      questions: [...questions],
    } satisfies UnreadableFile,
  });
}
