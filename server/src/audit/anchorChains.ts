import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import { headsToAnchor, insertAnchor } from "./queries.ts";
import { anchorSeal } from "./verifyChain.ts";

export interface AnchorDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly auditSecret: Uint8Array;
  readonly log: Log;
}

/**
 * Seals where each chain ends by now. The log has it, too: who ships logs to another machine can compare an end noted
 * there, whatever becomes of this database and of the master key.
 */
export async function anchorChains({ accountsPool, auditSecret, log }: AnchorDeps): Promise<number> {
  const heads = await headsToAnchor(accountsPool);
  for (const head of heads) {
    await insertAnchor(accountsPool, head, anchorSeal(auditSecret, head));
    const { organization_id: organization, position } = head;
    log.info({ organization, position, end: head.hash.toString("hex") }, "audit anchored");
  }
  return heads.length;
}
