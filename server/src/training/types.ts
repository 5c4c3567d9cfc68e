import type { RunTrees } from "@magtrace/learn";
import type { SeriesCache } from "../datasets/service.ts";
import type { Deps } from "../platform/deps.ts";

/** What only a worker has: it reads series and grows trees. */
export interface TrainingDeps extends Deps {
  readonly series: SeriesCache;
  readonly runTrees: RunTrees;
}

/**
 * Where a result comes from: everything needed to make it again. Written as it appears in JSON.
 *
 * "legacy" is a session that an old MagTrace ran: what it trained was left there, so that nothing can be predicted with
 * it or continued from it.
 */
export interface Lineage {
  readonly algorithm: "random_forest" | "legacy";
  /** In the order of training: the session's own dataset first. */
  readonly datasets: readonly LineageDataset[];
  /** What all of them have in common; absent where it is the three axes. */
  readonly field?: "scalar";
  readonly labels_sha256: string;
  readonly labels_count: number;
  /** The categories' ids by the names they had. */
  readonly categories: Readonly<Record<string, number>>;
  /** The model's, overridden by those of the request; unknown ones are kept and not used. */
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly program_version: string;
  readonly node_version: string;
  /** Of the trained model's bytes; absent until there are any. */
  readonly model_sha256?: string;
}

/** An old MagTrace ran it: what it trained is not here. */
export function isLegacy({ lineage }: { readonly lineage: Pick<Lineage, "algorithm"> }): boolean {
  return lineage.algorithm === "legacy";
}

export interface LineageDataset {
  readonly id: number;
  /** Of the file as it was uploaded. */
  readonly sha256: string | null;
  readonly object_prefix: string;
  readonly total_records: number;
}
