import type { AuditVerdict } from "@magtrace/contracts";
import { sql } from "kysely";
import type pg from "pg";
import type { Transaction } from "../platform/database/transaction.ts";

type Db = Pick<pg.ClientBase, "query">;

export interface CheckRow {
  readonly id: number;
  readonly organization_id: number;
  readonly status: "waiting" | "running" | "completed" | "failed";
  readonly checked: number;
  readonly total: number;
  readonly verdict: AuditVerdict | null;
}

/** A check of a chain, new or the one that is under way. */
export async function beginCheck(
  tx: Transaction,
  organizationId: number,
): Promise<{ id: number; isNew: boolean }> {
  const { id, is_new } = await tx.one<{ id: number; is_new: boolean }>(
    sql`SELECT check_id AS id, is_new FROM audit.begin_check(${organizationId})`,
  );
  return { id, isNew: is_new };
}

export async function findCheck(
  tx: Transaction,
  organizationId: number,
  id: number,
): Promise<CheckRow | undefined> {
  return tx.row<CheckRow>(
    sql`SELECT id, organization_id, status, checked, total, verdict FROM audit.checks
        WHERE id = ${id} AND organization_id = ${organizationId}`,
  );
}

export async function updateCheck(accounts: Db, id: number, checked: number): Promise<void> {
  await accounts.query(
    "UPDATE audit.checks SET status = 'running', checked = $2 WHERE id = $1 AND status IN ('waiting', 'running')",
    [id, checked],
  );
}

export async function completeCheck(accounts: Db, id: number, verdict: AuditVerdict): Promise<void> {
  await accounts.query(
    `UPDATE audit.checks SET status = 'completed', checked = $2, verdict = $3, completed_at = now()
     WHERE id = $1 AND status IN ('waiting', 'running')`,
    [id, verdict.entries, JSON.stringify(verdict)],
  );
}

/** One that failed waits again. False where it has not, or another of the chain is under way. */
export async function reopenCheck(accounts: Db, id: number): Promise<boolean> {
  const { rowCount } = await accounts.query(
    `UPDATE audit.checks c SET status = 'waiting', checked = 0, completed_at = NULL
     WHERE c.id = $1 AND (c.status IN ('waiting', 'running') OR c.status = 'failed' AND NOT EXISTS (
       SELECT FROM audit.checks o WHERE o.organization_id = c.organization_id AND o.status IN ('waiting', 'running')))`,
    [id],
  );
  return rowCount === 1;
}

export async function failCheck(accounts: Db, id: number): Promise<void> {
  await accounts.query(
    "UPDATE audit.checks SET status = 'failed', completed_at = now() WHERE id = $1 AND status IN ('waiting', 'running')",
    [id],
  );
}
