import type { RawBuilder } from "kysely";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { eventStatement, publishEvent } from "../../platform/events/events.ts";

export type LabelAction = "create" | "update" | "delete" | "restore" | "undo" | "import";

/** Tells whoever looks at the dataset that its labels are not what they were. */
export async function announceLabels(
  tx: Transaction,
  projectRef: ProjectRef,
  datasetId: number,
  change: { action: LabelAction; count: number; userId: number },
): Promise<void> {
  await tx.run(labelsAnnouncement(projectRef, datasetId, change));
}

/** The same, to be sent together with other statements. */
export function labelsAnnouncement(
  projectRef: ProjectRef,
  datasetId: number,
  change: { action: LabelAction; count: number; userId: number },
): RawBuilder<unknown> {
  return eventStatement({
    kind: "annotations",
    project: projectRef.projectId,
    id: datasetId,
    state: { action: change.action, count: change.count, changed_by: change.userId },
  });
}

/** Names and colours have changed: they concern every dataset of the project. */
export async function announceCategories(tx: Transaction, projectId: number): Promise<void> {
  await publishEvent(tx, {
    kind: "annotations",
    project: projectId,
    id: null,
    state: { categories: true },
  });
}
