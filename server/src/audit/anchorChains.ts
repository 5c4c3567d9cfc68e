import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { Metrics } from "../platform/metrics/metrics.ts";
import { headsToAnchor, insertAnchor, treeOf } from "./chainQueries.ts";
import { MissingHashes } from "./merkleTree.ts";
import { anchorSeal } from "./verifyChain.ts";

export interface AnchorDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly auditSecret: Uint8Array;
  readonly log: Log;
  readonly metrics?: Metrics;
}

/**
 * Seals where each chain ends by now, and the root of its tree. The log has both, too: who ships logs to another machine
 * can compare what was noted there, whatever becomes of this database and of the master key.
 */
export async function anchorChains({ accountsPool, auditSecret, log, metrics }: AnchorDeps): Promise<number> {
  const heads = await headsToAnchor(accountsPool);
  let anchored = 0;
  for (const head of heads) {
    const { organization_id: organization, position } = head;
    try {
      const root = await treeOf(accountsPool, organization, position).root();
      const anchor = { ...head, root };
      await insertAnchor(accountsPool, anchor, anchorSeal(auditSecret, anchor));
      log.info(
        { organization, position, end: head.hash.toString("hex"), root: root.toString("hex") },
        "audit anchored",
      );
      metrics?.work.chainChecked(true);
      anchored += 1;
    } catch (error) {
      // Others are anchored all the same.
      if (!(error instanceof MissingHashes)) throw error;
      metrics?.work.chainChecked(false);
      log.error({ err: error, organization }, "the audit has a hole: run `magtrace audit verify`");
    }
  }
  return anchored;
}
