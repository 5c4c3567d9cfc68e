import type { Finding, Question, Reread } from "@magtrace/contracts";
import { sql } from "kysely";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import type { ColumnMapping } from "../ingest/types.ts";
import type { StoredDataset } from "../queries.ts";

interface RereadRow {
  id: number;
  dataset_id: number;
  mapping: ColumnMapping | null;
  previous_mapping: ColumnMapping | null;
  status: Reread["status"];
  code: string | null;
  error: string | null;
  findings: Finding[];
  total_findings: number;
  questions: Question[];
  created_by: number | null;
  created_at: Date;
  finished_at: Date | null;
}

function rereadOf(row: RereadRow): Reread {
  return {
    id: row.id,
    dataset: row.dataset_id,
    mapping: row.mapping,
    previous_mapping: row.previous_mapping,
    status: row.status,
    code: row.code,
    error: row.error,
    findings: row.findings,
    total_findings: row.total_findings,
    questions: row.questions,
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}

/** Of one dataset, the newest first. */
export async function listRereads(
  tx: Transaction,
  datasetId: number,
  query: PageRequest,
): Promise<Page<Reread>> {
  const { limit, offset } = pageBounds(query);
  const rows = await tx.rows<RereadRow>(
    sql`SELECT * FROM rereads WHERE dataset_id = ${datasetId} ORDER BY id DESC LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM rereads WHERE dataset_id = ${datasetId}`,
  );
  return { rows: rows.map(rereadOf), total };
}

export async function findReread(tx: Transaction, id: number): Promise<Reread | undefined> {
  const row = await tx.row<RereadRow>(sql`SELECT * FROM rereads WHERE id = ${id}`);
  return row && rereadOf(row);
}

export async function insertReread(
  tx: Transaction,
  { id, projectId, organizationId, mapping: previous }: StoredDataset,
  { mapping, userId }: { readonly mapping: ColumnMapping | null; readonly userId: number },
): Promise<Reread> {
  return rereadOf(
    await tx.one<RereadRow>(
      sql`INSERT INTO rereads (dataset_id, project_id, organization_id, mapping, previous_mapping, status, created_by)
          VALUES (${id}, ${projectId}, ${organizationId}, ${mapping && JSON.stringify(mapping)},
            ${previous && JSON.stringify(previous)}, 'pending', ${userId})
          RETURNING *`,
    ),
  );
}

/** False where it has ended: a job that was given out twice changes nothing. */
export async function markRunning(tx: Transaction, id: number): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE rereads SET status = 'running' WHERE id = ${id} AND status IN ('pending', 'running')`,
    )) === 1
  );
}

/** One that failed waits again. False where it has not, or another of the dataset is under way. */
export async function markPending(tx: Transaction, id: number): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE rereads SET status = 'pending', code = NULL, error = NULL, findings = '[]', total_findings = 0,
            questions = '[]', finished_at = NULL
          WHERE id = ${id} AND status = 'failed' AND NOT EXISTS (
            SELECT FROM rereads r WHERE r.dataset_id = rereads.dataset_id AND r.status IN ('pending', 'running'))`,
    )) === 1
  );
}

export async function markDone(tx: Transaction, id: number): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE rereads SET status = 'completed', finished_at = now()
          WHERE id = ${id} AND status IN ('pending', 'running')`,
    )) === 1
  );
}

export interface RereadFailure {
  readonly code: "unreadable_file" | "conflict" | "internal";
  readonly error: string;
  readonly findings?: readonly Finding[];
  readonly totalFindings?: number;
  readonly questions?: readonly Question[];
}

export async function markNotDone(tx: Transaction, id: number, failure: RereadFailure): Promise<boolean> {
  const { code, error, findings = [], totalFindings = 0, questions = [] } = failure;
  return (
    (await tx.run(
      sql`UPDATE rereads SET status = 'failed', code = ${code}, error = ${error},
            findings = ${JSON.stringify(findings)}, total_findings = ${totalFindings},
            questions = ${JSON.stringify(questions)}, finished_at = now()
          WHERE id = ${id} AND status IN ('pending', 'running')`,
    )) === 1
  );
}
