import { chainReader } from "../../audit/chainQueries.ts";
import { verifyChain } from "../../audit/verifyChain.ts";
import { silentLog } from "../../platform/logs/log.ts";
import { SealedObjects } from "../../platform/objects/sealing/sealedObjects.ts";
import { sweepObjects } from "../sweep.ts";
import { type CheckObjectsDeps, checkObjects } from "./checkObjects.ts";
import { type Finding, isHarmless } from "./findings.ts";
import { labelsBeyond, miscountedDatasets } from "./queries.ts";

export interface FsckDeps extends CheckObjectsDeps {
  /** What the ends of the audit's chains are sealed with. */
  readonly auditSecret: Uint8Array;
}

export interface FsckOptions {
  readonly nowMs: number;
  /** Reads no object. */
  readonly quick: boolean;
  /** Sweeps orphans afterwards. */
  readonly repair: boolean;
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (so: FsckCounts) => void;
}

export interface FsckCounts {
  objects: number;
  bytes: number;
  labels: number;
  auditEntries: number;
  /** Findings by kind. */
  found: Partial<Record<Finding["kind"], number>>;
  sweptObjects: number;
}

/** Checks objects, labels and the audit. Changes nothing, but sweeps orphans where it is told to. */
export async function fsck(deps: FsckDeps, options: FsckOptions): Promise<FsckCounts> {
  const counts: FsckCounts = { objects: 0, bytes: 0, labels: 0, auditEntries: 0, found: {}, sweptObjects: 0 };
  const onFinding = (finding: Finding) => {
    counts.found[finding.kind] = (counts.found[finding.kind] ?? 0) + 1;
    options.onFinding(finding);
  };
  await checkObjects(deps, {
    ...options,
    onFinding,
    onObject: (bytes) => {
      counts.objects += 1;
      counts.bytes += bytes;
      options.onProgress(counts);
    },
  });
  await checkLabels(deps, counts, onFinding, options.onProgress);
  await checkAudit(deps, counts, onFinding);
  if (options.repair) {
    const objects = new SealedObjects(deps.sealing);
    const { accountsPool, sealing } = deps;
    const swept = await sweepObjects(
      { accountsPool, objects, objectRows: sealing.rows, log: silentLog() },
      options.nowMs,
    );
    counts.sweptObjects = swept.deletedObjects;
  }
  return counts;
}

async function checkLabels(
  { accountsPool }: FsckDeps,
  counts: FsckCounts,
  onFinding: (finding: Finding) => void,
  onProgress: (so: FsckCounts) => void,
): Promise<void> {
  for await (const { labels, beyond } of labelsBeyond(accountsPool)) {
    counts.labels += labels;
    onProgress(counts);
    for (const { id, dataset, organization, start, end, readings } of beyond) {
      const words = `Label ${id} covers ${start} to ${end} of dataset ${dataset}, which has ${readings} readings.`;
      onFinding({ kind: "label", key: null, what: null, organizationId: organization, words });
    }
  }
  for (const { id, organizationId, total, counted } of await miscountedDatasets(accountsPool)) {
    const words = `Dataset ${id} says it has ${total} readings; its parts have ${counted}.`;
    onFinding({ kind: "count", key: null, what: null, organizationId, words });
  }
}

async function checkAudit(
  { accountsPool, auditSecret }: FsckDeps,
  counts: FsckCounts,
  onFinding: (finding: Finding) => void,
): Promise<void> {
  const reader = chainReader(accountsPool);
  for (const organizationId of await reader.organizations()) {
    const { entries, faults } = await verifyChain(reader, organizationId, auditSecret);
    counts.auditEntries += entries;
    const whose = organizationId === 0 ? "the installation" : `organisation ${organizationId}`;
    for (const { position, fault } of faults) {
      const words = `Audit of ${whose}, position ${position}: ${fault}`;
      onFinding({ kind: "audit", key: null, what: null, organizationId, words });
    }
  }
}

/** Whether anything is left for somebody to do. What was swept is no longer there. */
export function verdictOf({ found, sweptObjects }: FsckCounts): "clean" | "orphans" | "faults" {
  const kinds = (Object.keys(found) as Finding["kind"][]).filter((kind) => !isHarmless(kind));
  if (kinds.some((kind) => kind !== "orphan")) return "faults";
  return (found.orphan ?? 0) > sweptObjects ? "orphans" : "clean";
}
