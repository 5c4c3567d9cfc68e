import type { Transaction } from "../platform/database/transaction.ts";
import { publishEvent } from "../platform/events/events.ts";
import type { StoredSession } from "./queries.ts";

/** Tells whoever looks at the project how far a session is. Small: an event has at most 8,000 bytes. */
export async function announceSession(tx: Transaction, { projectId, wire }: StoredSession): Promise<void> {
  const { id, model, status, progress, current_epoch, total_epochs, error_message, live_metrics } = wire;
  await publishEvent(tx, {
    kind: "training_session",
    project: projectId,
    id,
    state: {
      status,
      progress,
      model,
      current_epoch,
      total_epochs,
      live_metrics,
      ...(error_message === null ? {} : { error_message: error_message.slice(0, 1_000) }),
    },
  });
}
