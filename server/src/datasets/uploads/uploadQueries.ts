import type { ColumnMapping, ProjectRole, UploadStatus } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";

interface UploadRow {
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  uploaded_by: number;
  status: UploadStatus;
  name: string;
  file_name: string;
  length: number;
  received: number;
  sha256: string | null;
  mapping: ColumnMapping | null;
  metadata: Record<string, string>;
  dataset_id: number | null;
  code: string | null;
  error: string | null;
  created_at: Date;
  updated_at: Date;
}

export interface StoredUpload extends ProjectAccess {
  readonly id: number;
  readonly uploadedBy: number;
  readonly status: UploadStatus;
  readonly name: string;
  readonly fileName: string;
  readonly length: number;
  readonly received: number;
  readonly sha256: string | null;
  readonly mapping: ColumnMapping | null;
  /** As the client sent it. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly datasetId: number | null;
  readonly code: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function uploadOf(row: UploadRow): StoredUpload {
  return {
    id: row.id,
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    uploadedBy: row.uploaded_by,
    status: row.status,
    name: row.name,
    fileName: row.file_name,
    length: row.length,
    received: row.received,
    sha256: row.sha256,
    mapping: row.mapping,
    metadata: row.metadata,
    datasetId: row.dataset_id,
    code: row.code,
    error: row.error,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface NewUpload extends ProjectRef {
  readonly uploadedBy: number;
  readonly name: string;
  readonly fileName: string;
  readonly length: number;
  readonly sha256: string | null;
  readonly mapping: ColumnMapping | null;
  readonly metadata: Readonly<Record<string, string>>;
}

export async function insertUpload(tx: Transaction, upload: NewUpload): Promise<StoredUpload> {
  return uploadOf(
    await tx.one<UploadRow>(
      sql`INSERT INTO uploads (project_id, organization_id, uploaded_by, name, file_name, length, sha256, mapping,
            metadata, status)
          VALUES (${upload.projectId}, ${upload.organizationId}, ${upload.uploadedBy}, ${upload.name},
            ${upload.fileName}, ${upload.length}, ${upload.sha256},
            ${upload.mapping && JSON.stringify(upload.mapping)}, ${JSON.stringify(upload.metadata)},
            ${upload.length === 0 ? "assembling" : "receiving"})
          RETURNING *`,
    ),
  );
}

const inLiveProject = sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;

export async function findUpload(tx: Transaction, id: number): Promise<StoredUpload | undefined> {
  const row = await tx.row<UploadRow>(
    sql`SELECT uploads.*, ${roleColumn("uploads")} FROM uploads WHERE id = ${id} AND ${inLiveProject}`,
  );
  return row && uploadOf(row);
}

export async function listUploads(
  tx: Transaction,
  userId: number,
  page: PageRequest,
): Promise<Page<StoredUpload>> {
  const { limit, offset } = pageBounds(page);
  const where = sql`uploaded_by = ${userId} AND ${inLiveProject}`;
  const [rows, [counted]] = await tx.all<[UploadRow, { total: number }]>([
    sql`SELECT * FROM uploads WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
    sql`SELECT count(*) AS total FROM uploads WHERE ${where}`,
  ]);
  return { rows: rows.map(uploadOf), total: counted!.total };
}

/** Those whose file is not complete. */
export async function countOpen(tx: Transaction, userId: number): Promise<number> {
  const { n } = await tx.one<{ n: number }>(
    sql`SELECT count(*) AS n FROM uploads WHERE uploaded_by = ${userId} AND status = 'receiving'`,
  );
  return n;
}

export interface Part {
  readonly start: number;
  readonly bytes: number;
  readonly key: string;
}

/** Bytes that follow what is there; false where others have come in between, or nothing is awaited any more. */
export async function addParts(
  tx: Transaction,
  { id, projectId, organizationId }: StoredUpload,
  parts: readonly Part[],
): Promise<StoredUpload | undefined> {
  const start = parts[0]!.start;
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const row = await tx.row<UploadRow>(
    sql`UPDATE uploads SET received = received + ${bytes}, updated_at = now(),
          status = CASE WHEN received + ${bytes} = length THEN 'assembling' ELSE status END
        WHERE id = ${id} AND received = ${start} AND status = 'receiving' RETURNING *`,
  );
  if (!row) return undefined;
  await tx.run(
    sql`INSERT INTO upload_parts (upload_id, project_id, organization_id, start, bytes, object_key)
        SELECT ${id}, ${projectId}, ${organizationId}, * FROM unnest(${parts.map((part) => part.start)}::bigint[],
          ${parts.map((part) => part.bytes)}::bigint[], ${parts.map((part) => part.key)}::text[])`,
  );
  return uploadOf(row);
}

/** In order. */
export async function listParts(tx: Transaction, uploadId: number): Promise<Part[]> {
  return tx.rows<Part>(
    sql`SELECT start, bytes, object_key AS key FROM upload_parts WHERE upload_id = ${uploadId} ORDER BY start`,
  );
}

async function settle(tx: Transaction, id: number, sets: RawBuilder<unknown>): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE uploads SET ${sets}, updated_at = now() WHERE id = ${id} AND status = 'assembling'`,
  );
  return changed === 1;
}

/** False where somebody called it off, or another worker was first. */
export async function markCompleted(tx: Transaction, id: number, datasetId: number): Promise<boolean> {
  await tx.run(sql`DELETE FROM upload_parts WHERE upload_id = ${id}`);
  return settle(tx, id, sql`status = 'completed', dataset_id = ${datasetId}`);
}

/** Its parts are forgotten, unless they are kept for another attempt. */
export async function markFailed(
  tx: Transaction,
  id: number,
  { code, error, keepParts }: { code: string; error: string; keepParts: boolean },
): Promise<boolean> {
  if (!keepParts) await tx.run(sql`DELETE FROM upload_parts WHERE upload_id = ${id}`);
  return settle(tx, id, sql`status = 'failed', code = ${code}, error = ${error}`);
}

/** One that failed through no fault of its file is put together again; false where its parts are gone. */
export async function markRetried(tx: Transaction, id: number): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE uploads SET status = 'assembling', code = NULL, error = NULL, updated_at = now()
        WHERE id = ${id} AND status = 'failed' AND EXISTS (SELECT FROM upload_parts WHERE upload_id = uploads.id)`,
  );
  return changed === 1;
}

export async function deleteUpload(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM uploads WHERE id = ${id}`);
}

/** Until the transaction ends nobody else begins an upload in the organisation: each sees what the others promised. */
export async function lockStorage(tx: Transaction, organizationId: number): Promise<void> {
  await tx.run(sql`SELECT pg_advisory_xact_lock(hashtext('magtrace storage'), ${organizationId})`);
}
