import type { Dataset, DatasetStatus, Finding, ProjectRole, Question, Track } from "@magtrace/contracts";
import type { ChannelStatistics } from "@magtrace/series";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import type { ProjectAccess, ProjectRef } from "../access/policy.ts";
import { roleColumn } from "../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import type { Statement } from "../platform/database/batch.ts";
import { statementOf } from "../platform/database/statements.ts";
import { type DatabaseAccess, readOneThen, type Transaction } from "../platform/database/transaction.ts";
import type { ColumnMapping, IngestAccepted } from "./ingest/types.ts";

interface DatasetRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  name: string;
  status: DatasetStatus;
  progress: number;
  total_records: number;
  original_name: string;
  original_bytes: number;
  original_sha256: string | null;
  original_key: string | null;
  original_expired_at: Date | null;
  mapping: ColumnMapping | null;
  channels: string[];
  tracks: Track[];
  time: IngestAccepted["time"] | null;
  source: IngestAccepted["source"] | null;
  statistics: ChannelStatistics[] | null;
  quality: IngestAccepted["quality"] | null;
  error: string | null;
  findings: Finding[];
  total_findings: number;
  questions: Question[];
  scan_pending: boolean;
  uploaded_by: number | null;
  uploaded_at: Date;
  last_reread: number | null;
}

/** A dataset as stored, with where it belongs. */
export interface StoredDataset extends ProjectAccess {
  readonly id: number;
  readonly status: DatasetStatus;
  readonly totalRecords: number;
  readonly tracks: readonly Track[];
  readonly channels: readonly string[];
  readonly originalKey: string | null;
  readonly originalName: string;
  readonly sha256: string | null;
  readonly mapping: ColumnMapping | null;
  readonly time: IngestAccepted["time"] | null;
  readonly statistics: readonly ChannelStatistics[];
  readonly quality: IngestAccepted["quality"] | null;
  readonly findings: readonly Finding[];
  readonly totalFindings: number;
  readonly questions: readonly Question[];
  /** The virus scanner has not said yet that its file is clean: nothing may read it before. */
  readonly scanPending: boolean;
  /** As the interface gives it. */
  readonly wire: Dataset;
}

function datasetOf(row: DatasetRow): StoredDataset {
  return {
    id: row.id,
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    status: row.status,
    totalRecords: row.total_records,
    tracks: row.tracks,
    channels: row.channels,
    // One that is over its time is there for nobody, though it can be brought back.
    originalKey: row.original_expired_at === null ? row.original_key : null,
    originalName: row.original_name,
    sha256: row.original_sha256,
    mapping: row.mapping,
    time: row.time,
    statistics: row.statistics ?? [],
    quality: row.quality,
    findings: row.findings,
    totalFindings: row.total_findings,
    questions: row.questions,
    scanPending: row.scan_pending,
    wire: {
      id: row.id,
      name: row.name,
      project: row.project_id,
      status: row.status,
      processed: row.status === "completed",
      progress: Math.round(row.progress * 10) / 10,
      total_records: row.total_records,
      original_name: row.original_name,
      original_bytes: row.original_bytes,
      sha256: row.original_sha256,
      channels: row.channels,
      tracks: row.tracks,
      time: row.time as Dataset["time"],
      source: row.source as Dataset["source"],
      mapping: row.mapping,
      error: row.error,
      findings: row.findings,
      questions: row.questions,
      uploaded_by: row.uploaded_by,
      uploaded_at: row.uploaded_at.toISOString(),
      last_reread: row.last_reread,
    },
  };
}

const columns = sql`datasets.*, (
  SELECT max(rereads.id) FROM rereads WHERE rereads.dataset_id = datasets.id AND rereads.status = 'completed'
) AS last_reread`;

const inLiveProject = sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;

export async function listDatasets(
  tx: Transaction,
  query: PageRequest & { project_id?: number },
): Promise<Page<Dataset>> {
  const { limit, offset } = pageBounds(query);
  const where =
    query.project_id === undefined
      ? inLiveProject
      : sql`project_id = ${query.project_id} AND ${inLiveProject}`;
  const rows = await tx.rows<DatasetRow>(
    sql`SELECT ${columns} FROM datasets WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM datasets WHERE ${where}`,
  );
  return { rows: rows.map((row) => datasetOf(row).wire), total };
}

export async function findDataset(tx: Transaction, id: number): Promise<StoredDataset | undefined> {
  const row = await tx.row<DatasetRow>(
    sql`SELECT ${columns}, ${roleColumn("datasets")} FROM datasets WHERE id = ${id} AND ${inLiveProject}`,
  );
  return row && datasetOf(row);
}

type ReadDatasetRow = DatasetRow & { readonly object_prefix: string | null };

/** One function of the database (migrations/0037_found_dataset.sql). */
function datasetQuery(id: number): RawBuilder<ReadDatasetRow> {
  return sql`SELECT (found.dataset).*, found.role, found.last_reread, found.object_prefix
    FROM magtrace.found_dataset(${id}) AS found`;
}

/** For routes that begin with a dataset. */
export function datasetStatement(id: number): Statement {
  return statementOf(datasetQuery(id));
}

/** In one round trip. `prefix` is where its readings lie; undefined until they are readable. */
export async function readDataset<T>(
  db: pg.Pool,
  access: DatabaseAccess,
  id: number,
  answer: (dataset: StoredDataset | undefined, prefix: string | undefined) => T,
): Promise<T> {
  return readOneThen(db, access, datasetQuery(id), (row) =>
    answer(row && datasetOf(row), row?.object_prefix ?? undefined),
  );
}

export interface NewDataset extends ProjectRef {
  readonly name: string;
  readonly originalName: string;
  readonly originalKey: string;
  readonly originalBytes: number;
  readonly sha256: string;
  readonly mapping: ColumnMapping | null;
  readonly uploadedBy: number;
}

export async function insertDataset(tx: Transaction, dataset: NewDataset): Promise<StoredDataset> {
  return datasetOf(
    await tx.one<DatasetRow>(
      sql`INSERT INTO datasets (project_id, organization_id, name, status, original_name, original_key,
            original_bytes, original_sha256, mapping, uploaded_by)
          VALUES (${dataset.projectId}, ${dataset.organizationId}, ${dataset.name}, 'pending', ${dataset.originalName},
            ${dataset.originalKey}, ${dataset.originalBytes}, ${dataset.sha256},
            ${dataset.mapping && JSON.stringify(dataset.mapping)}, ${dataset.uploadedBy})
          RETURNING ${columns}`,
    ),
  );
}

export async function renameDataset(tx: Transaction, id: number, name: string): Promise<Dataset> {
  const row = await tx.one<DatasetRow>(
    sql`UPDATE datasets SET name = ${name}, updated_at = now() WHERE id = ${id} RETURNING ${columns}`,
  );
  return datasetOf(row).wire;
}

export async function deleteDataset(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM datasets WHERE id = ${id}`);
}

/** Only work that is not finished: a job that was given out twice changes nothing. */
export async function updateUnfinished(
  tx: Transaction,
  id: number,
  sets: RawBuilder<unknown>,
): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE datasets SET ${sets}, updated_at = now() WHERE id = ${id} AND status IN ('pending', 'running')`,
    )) === 1
  );
}

export function markProgress(tx: Transaction, id: number, percent: number): Promise<boolean> {
  return updateUnfinished(tx, id, sql`status = 'running', progress = ${percent}`);
}

/** A dataset whose reading failed waits to be read again; false where it is none. */
export async function markRetried(
  tx: Transaction,
  id: number,
  mapping: ColumnMapping | null,
): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE datasets SET status = 'pending', progress = 0, error = NULL, findings = '[]', total_findings = 0,
          questions = '[]', mapping = ${mapping && JSON.stringify(mapping)}, updated_at = now()
        WHERE id = ${id} AND status = 'failed' AND original_key IS NOT NULL`,
  );
  return changed === 1;
}

/** The original stays: the file is read again when somebody says how, or when the cause is gone. */
export function markFailed(
  tx: Transaction,
  id: number,
  failure: {
    error: string;
    findings: readonly Finding[];
    totalFindings: number;
    questions: readonly Question[];
  },
): Promise<boolean> {
  return updateUnfinished(
    tx,
    id,
    sql`status = 'failed', error = ${failure.error}, findings = ${JSON.stringify(failure.findings)},
        total_findings = ${failure.totalFindings}, questions = ${JSON.stringify(failure.questions)}`,
  );
}

export interface FinishedReading {
  readonly outcome: IngestAccepted;
  readonly objectPrefix: string;
  /** By which it was read. */
  readonly mapping: ColumnMapping | null;
}

function readingColumns(outcome: IngestAccepted, mapping: ColumnMapping | null): RawBuilder<unknown> {
  return sql`total_records = ${outcome.rows}, channels = ${[...outcome.channels]},
    tracks = ${JSON.stringify(wireTracks(outcome))}, time = ${JSON.stringify(outcome.time)},
    source = ${JSON.stringify(outcome.source)}, statistics = ${JSON.stringify(outcome.statistics)},
    quality = ${JSON.stringify(outcome.quality)}, mapping = ${mapping && JSON.stringify(mapping)}`;
}

/** Tracks as the interface gives them. */
export function wireTracks({ tracks }: Pick<IngestAccepted, "tracks">): Track[] {
  return tracks.map((track) => ({ ...track, sensor_id: track.sensor_id || null }));
}

/** The readings become readable and their place known, together. */
export async function markCompleted(
  tx: Transaction,
  dataset: StoredDataset,
  { outcome, objectPrefix, mapping }: FinishedReading,
): Promise<boolean> {
  const completed = await updateUnfinished(
    tx,
    dataset.id,
    sql`status = 'completed', progress = 100, ${readingColumns(outcome, mapping)}`,
  );
  if (!completed) return false;
  await tx.run(
    sql`INSERT INTO segments (dataset_id, project_id, organization_id, number, rows, object_prefix)
        VALUES (${dataset.id}, ${dataset.projectId}, ${dataset.organizationId}, 1, ${outcome.rows}, ${objectPrefix})`,
  );
  return true;
}

/** Puts a series in the place of the one before. The one before is the sweep's: somebody may be reading it. */
export async function swapReading(
  tx: Transaction,
  datasetId: number,
  { outcome, objectPrefix, mapping }: FinishedReading,
): Promise<void> {
  await tx.run(
    sql`UPDATE datasets SET ${readingColumns(outcome, mapping)}, updated_at = now() WHERE id = ${datasetId}`,
  );
  await tx.run(
    sql`UPDATE segments SET rows = ${outcome.rows}, object_prefix = ${objectPrefix}, created_at = now()
        WHERE dataset_id = ${datasetId} AND number = 1`,
  );
}

/** A dataset that no label can be made of until the transaction ends. */
export async function lockDataset(tx: Transaction, id: number): Promise<StoredDataset | undefined> {
  const row = await tx.row<DatasetRow>(
    sql`SELECT ${columns} FROM datasets WHERE id = ${id} AND ${inLiveProject} FOR UPDATE OF datasets`,
  );
  return row && datasetOf(row);
}

/** What speaks of rows of a dataset by their numbers. */
export async function countRowUses(
  tx: Transaction,
  datasetId: number,
): Promise<{ labels: number; predictions: number }> {
  return tx.one(
    sql`SELECT (SELECT count(*) FROM annotations WHERE dataset_id = ${datasetId} AND deleted_at IS NULL) AS labels,
          (SELECT count(*) FROM predictions WHERE dataset_id = ${datasetId}) AS predictions`,
  );
}

/** Labels that were deleted, and the history of all: they speak of rows that are others now. */
export async function forgetRows(tx: Transaction, datasetId: number): Promise<void> {
  await tx.run(sql`DELETE FROM annotations WHERE dataset_id = ${datasetId} AND deleted_at IS NOT NULL`);
  await tx.run(sql`DELETE FROM annotation_changes WHERE dataset_id = ${datasetId}`);
}

/** Where the readings lie; undefined until they are readable. */
export async function findSeriesPrefix(tx: Transaction, datasetId: number): Promise<string | undefined> {
  const row = await tx.row<{ object_prefix: string }>(
    sql`SELECT object_prefix FROM segments WHERE dataset_id = ${datasetId} AND number = 1`,
  );
  return row?.object_prefix;
}
