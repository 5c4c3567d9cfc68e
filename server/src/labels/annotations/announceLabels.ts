import type { ProjectEvent } from "@magtrace/contracts";
import type { RawBuilder } from "kysely";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { eventStatement, publishEvent } from "../../platform/events/events.ts";

type LabelAction = "create" | "update" | "delete" | "restore" | "undo" | "import";

export interface LabelChange {
  readonly action: LabelAction;
  readonly count: number;
  readonly userId: number;
}

/** Tells whoever looks at the dataset that its labels are not what they were. */
export async function announceLabels(
  tx: Transaction,
  projectRef: ProjectRef,
  datasetId: number,
  change: LabelChange,
): Promise<void> {
  await tx.run(labelsAnnouncement(projectRef, datasetId, change));
}

/** The same, to be sent together with other statements. */
export function labelsAnnouncement(
  projectRef: ProjectRef,
  datasetId: number,
  change: LabelChange,
): RawBuilder<unknown> {
  return eventStatement(labelsEvent(projectRef, datasetId, change));
}

export function labelsEvent(
  { projectId }: ProjectRef,
  datasetId: number,
  { action, count, userId }: LabelChange,
): ProjectEvent {
  return {
    kind: "annotations",
    project: projectId,
    id: datasetId,
    state: { action, count, changed_by: userId },
  };
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
