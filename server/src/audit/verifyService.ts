import type { AuditCheck, AuditVerdict } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { notFound } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import { chainReader } from "./chainQueries.ts";
import { beginCheck, type CheckRow, findCheck } from "./checkQueries.ts";
import { type AuditDeps, scopeOf, sequenceWaiting } from "./service.ts";
import { verifyChain } from "./verifyChain.ts";

/** Longer chains are checked by a worker: this many take about a quarter of a second. */
const MOST_AT_ONCE = 10_000;

export interface VerifyQuery {
  readonly organization_id?: number;
  readonly check?: number;
}

/** The verdict on a short chain; of a long one the check that a worker makes, and its verdict once it is there. */
export async function verifyOwnChain(
  deps: AuditDeps,
  actor: Actor,
  { organization_id, check }: VerifyQuery,
): Promise<AuditVerdict | AuditCheck> {
  const scope = await scopeOf(deps, actor, { ...(organization_id === undefined ? {} : { organization_id }) });
  const { organizationId, database } = scope;
  if (check !== undefined) {
    return inTransaction(deps.db, database, async (tx) =>
      answerOf(await findCheck(tx, organizationId, check)),
    );
  }
  await sequenceWaiting(deps);
  const reader = chainReader(deps.accountsPool);
  const end = (await reader.head(organizationId))?.position ?? 0;
  const begin = (await reader.checkpoint(organizationId))?.position ?? 0;
  if (end - begin <= MOST_AT_ONCE) {
    const verdict = await verifyChain(reader, organizationId, deps.auditSecret);
    deps.metrics.work.chainChecked(verdict.intact);
    return verdict;
  }
  return inTransaction(deps.db, database, async (tx) => {
    const { id, isNew } = await beginCheck(tx, organizationId);
    if (isNew) {
      await deps.queue.send(tx, "verify", { organizationId, projectId: 0, userId: actor.userId, id });
    }
    return answerOf(await findCheck(tx, organizationId, id));
  });
}

function answerOf(row: CheckRow | undefined): AuditVerdict | AuditCheck {
  if (!row) throw notFound("check");
  const { id, organization_id: organization, status, checked, total, verdict } = row;
  if (verdict) return verdict;
  if (status === "failed" || status === "completed") {
    throw new AppError(
      "conflict",
      "This check ended without a result. Start another: send the request without `check`.",
    );
  }
  return { id, organization, status, checked, total };
}
