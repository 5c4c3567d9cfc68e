import type { JobStatus, ProjectRole, TrainingSession } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../access/policy.ts";
import { roleColumn } from "../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import type { Lineage } from "./types.ts";

type Json = Record<string, unknown>;

interface SessionRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  model_id: number;
  dataset_id: number;
  additional_dataset_ids: number[];
  continued_from: number | null;
  status: JobStatus;
  cancel_requested: boolean;
  progress: number;
  current_epoch: number;
  total_epochs: number;
  hyperparameters: Json;
  lineage: Lineage;
  labels_key: string;
  checkpoint_key: string | null;
  model_key: string | null;
  training_metrics: Json;
  validation_metrics: Json;
  final_metrics: Json;
  live_metrics: Json;
  error_message: string | null;
  started_at: Date | null;
  completed_at: Date | null;
  created_at: Date;
}

type LogLine = TrainingSession["training_logs"][number];

/** A session as stored, with where it belongs. */
export interface StoredSession extends ProjectAccess {
  readonly id: number;
  readonly modelId: number;
  readonly status: JobStatus;
  readonly cancelRequested: boolean;
  readonly hyperparameters: Json;
  readonly lineage: Lineage;
  readonly labelsKey: string;
  readonly checkpointKey: string | null;
  readonly modelKey: string | null;
  /** As the interface gives it, without its log. */
  readonly wire: TrainingSession;
}

function sessionOf(row: SessionRow): StoredSession {
  return {
    id: row.id,
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    modelId: row.model_id,
    status: row.status,
    cancelRequested: row.cancel_requested,
    hyperparameters: row.hyperparameters,
    lineage: row.lineage,
    labelsKey: row.labels_key,
    checkpointKey: row.checkpoint_key,
    modelKey: row.model_key,
    wire: {
      id: row.id,
      model: row.model_id,
      dataset: row.dataset_id,
      additional_datasets: row.additional_dataset_ids,
      status: row.status,
      progress: Math.round(row.progress * 10) / 10,
      current_epoch: row.current_epoch,
      total_epochs: row.total_epochs,
      training_metrics: row.training_metrics,
      validation_metrics: row.validation_metrics,
      final_metrics: row.final_metrics,
      training_logs: [],
      live_metrics: row.live_metrics,
      lineage: { ...row.lineage },
      continued_from: row.continued_from,
      error_message: row.error_message,
      started_at: row.started_at?.toISOString() ?? null,
      completed_at: row.completed_at?.toISOString() ?? null,
      created_at: row.created_at.toISOString(),
    },
  };
}

const inLiveProject = sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;
const unfinished = sql`status IN ('pending', 'running')`;

export interface SessionFilter {
  readonly model_id?: number;
  readonly project_id?: number;
  readonly active?: true;
}

/** With their logs. */
export async function listSessions(
  tx: Transaction,
  query: PageRequest & SessionFilter,
): Promise<Page<TrainingSession>> {
  const { limit, offset } = pageBounds(query);
  const conditions = [inLiveProject];
  if (query.model_id !== undefined) conditions.push(sql`model_id = ${query.model_id}`);
  if (query.project_id !== undefined) conditions.push(sql`project_id = ${query.project_id}`);
  if (query.active) conditions.push(unfinished);
  const where = sql.join(conditions, sql` AND `);
  const rows = await tx.rows<SessionRow>(
    sql`SELECT * FROM training_sessions WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM training_sessions WHERE ${where}`,
  );
  return { rows: await withLogs(tx, rows.map(sessionOf)), total };
}

/** Sessions as the interface gives them. */
export async function withLogs(
  tx: Transaction,
  sessions: readonly StoredSession[],
): Promise<TrainingSession[]> {
  const rows = await tx.rows<{ session_id: number; logged_at: Date; message: string }>(
    sql`SELECT session_id, logged_at, message FROM training_logs
        WHERE session_id = ANY (${sessions.map(({ id }) => id)}::bigint[]) ORDER BY session_id, number`,
  );
  const logs = new Map<number, LogLine[]>(sessions.map(({ id }) => [id, []]));
  for (const { session_id, logged_at, message } of rows) {
    logs.get(session_id)!.push({ at: logged_at.toISOString(), message });
  }
  return sessions.map(({ id, wire }) => ({ ...wire, training_logs: logs.get(id)! }));
}

export async function findSession(
  tx: Transaction,
  id: number,
  lock: "forUpdate" | "read" = "read",
): Promise<StoredSession | undefined> {
  const row = await tx.row<SessionRow>(
    sql`SELECT training_sessions.*, ${roleColumn("training_sessions")} FROM training_sessions WHERE id = ${id} AND ${inLiveProject}
        ${lock === "forUpdate" ? sql`FOR UPDATE` : sql``}`,
  );
  return row && sessionOf(row);
}

export async function newestCompleted(tx: Transaction, modelId: number): Promise<StoredSession | undefined> {
  const row = await tx.row<SessionRow>(
    sql`SELECT * FROM training_sessions WHERE model_id = ${modelId} AND status = 'completed' AND model_key IS NOT NULL
        ORDER BY completed_at DESC, id DESC LIMIT 1`,
  );
  return row && sessionOf(row);
}

export async function sessionsOfModel(tx: Transaction, modelId: number): Promise<StoredSession[]> {
  const rows = await tx.rows<SessionRow>(
    sql`SELECT * FROM training_sessions WHERE model_id = ${modelId} ORDER BY id`,
  );
  return rows.map(sessionOf);
}

export interface NewSession extends ProjectRef {
  readonly modelId: number;
  readonly datasetId: number;
  readonly additionalDatasetIds: readonly number[];
  readonly continuedFrom: number | null;
  readonly totalEpochs: number;
  readonly lineage: Lineage;
  readonly labelsKey: string;
  readonly createdBy: number;
}

export async function insertSession(tx: Transaction, session: NewSession): Promise<StoredSession> {
  const { lineage } = session;
  return sessionOf(
    await tx.one<SessionRow>(
      sql`INSERT INTO training_sessions (project_id, organization_id, model_id, dataset_id, additional_dataset_ids,
            continued_from, status, total_epochs, hyperparameters, lineage, labels_key, created_by)
          VALUES (${session.projectId}, ${session.organizationId}, ${session.modelId}, ${session.datasetId},
            ${[...session.additionalDatasetIds]}, ${session.continuedFrom}, 'pending', ${session.totalEpochs},
            ${JSON.stringify(lineage.hyperparameters)}, ${JSON.stringify(lineage)}, ${session.labelsKey},
            ${session.createdBy})
          RETURNING *`,
    ),
  );
}

/** A session that has ended elsewhere; JSON as text, times in ISO 8601. */
export interface PastSession extends Omit<NewSession, "lineage" | "totalEpochs"> {
  readonly status: JobStatus;
  readonly progress: number;
  readonly currentEpoch: number;
  readonly totalEpochs: number;
  readonly hyperparameters: string;
  readonly lineage: Lineage;
  readonly trainingMetrics: string;
  readonly validationMetrics: string;
  readonly finalMetrics: string;
  readonly liveMetrics: string;
  readonly errorMessage: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly createdAt: string;
}

export async function insertPastSession(tx: Transaction, session: PastSession): Promise<StoredSession> {
  return sessionOf(
    await tx.one<SessionRow>(
      sql`INSERT INTO training_sessions (project_id, organization_id, model_id, dataset_id, additional_dataset_ids,
            continued_from, status, progress, current_epoch, total_epochs, hyperparameters, lineage, labels_key,
            training_metrics, validation_metrics, final_metrics, live_metrics, error_message, created_by, started_at,
            completed_at, created_at)
          VALUES (${session.projectId}, ${session.organizationId}, ${session.modelId}, ${session.datasetId},
            ${[...session.additionalDatasetIds]}, ${session.continuedFrom}, ${session.status}, ${session.progress},
            ${session.currentEpoch}, ${session.totalEpochs}, ${session.hyperparameters},
            ${JSON.stringify(session.lineage)}, ${session.labelsKey}, ${session.trainingMetrics},
            ${session.validationMetrics}, ${session.finalMetrics}, ${session.liveMetrics}, ${session.errorMessage},
            ${session.createdBy}, ${session.startedAt}, ${session.completedAt}, ${session.createdAt})
          RETURNING *`,
    ),
  );
}

export interface PastLog {
  readonly at: string;
  readonly message: string;
}

/** Lines of the log with the times they had. */
export async function insertPastLogs(
  tx: Transaction,
  session: ProjectRef & { readonly id: number },
  logs: readonly PastLog[],
): Promise<void> {
  if (logs.length === 0) return;
  await tx.run(
    sql`INSERT INTO training_logs (session_id, project_id, organization_id, logged_at, message)
        SELECT ${session.id}::bigint, ${session.projectId}::bigint, ${session.organizationId}::integer, line.at, line.message
        FROM unnest(${logs.map(({ at }) => at)}::timestamptz[], ${logs.map(({ message }) => message)}::text[])
          WITH ORDINALITY AS line (at, message, number)
        ORDER BY line.number`,
  );
}

export async function deleteSession(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM training_sessions WHERE id = ${id}`);
}

/** Only work that is not finished: a job that was given out twice changes nothing. Answers the row, if it changed. */
async function updateUnfinished(
  tx: Transaction,
  id: number,
  sets: RawBuilder<unknown>,
  only: RawBuilder<unknown> = unfinished,
): Promise<StoredSession | undefined> {
  const row = await tx.row<SessionRow>(
    sql`UPDATE training_sessions SET ${sets} WHERE id = ${id} AND ${only} RETURNING *`,
  );
  return row && sessionOf(row);
}

export function markRunning(tx: Transaction, id: number): Promise<StoredSession | undefined> {
  return updateUnfinished(tx, id, sql`status = 'running', started_at = coalesce(started_at, now())`);
}

export interface Progress {
  readonly percent: number;
  readonly treesDone: number;
  readonly treesTotal: number;
  readonly liveMetrics: Json;
}

/** Progress never goes back: a run after a crash repeats some of the work. Trees are not counted before any is due. */
export function markProgress(
  tx: Transaction,
  id: number,
  progress: Progress,
): Promise<StoredSession | undefined> {
  return updateUnfinished(
    tx,
    id,
    sql`progress = greatest(progress, ${progress.percent}::real), current_epoch = ${progress.treesDone},
        total_epochs = coalesce(nullif(${progress.treesTotal}::integer, 0), total_epochs),
        live_metrics = ${JSON.stringify(progress.liveMetrics)}`,
  );
}

/** True while the work is wanted: the session is there, runs, and nobody has asked it to stop. */
export async function isWanted(tx: Transaction, id: number): Promise<boolean> {
  const row = await tx.row(
    sql`SELECT FROM training_sessions WHERE id = ${id} AND ${unfinished} AND NOT cancel_requested`,
  );
  return row !== undefined;
}

export async function setCheckpointKey(tx: Transaction, id: number, key: string): Promise<void> {
  await updateUnfinished(tx, id, sql`checkpoint_key = ${key}`);
}

export async function requestCancel(tx: Transaction, id: number): Promise<void> {
  await updateUnfinished(tx, id, sql`cancel_requested = true`);
}

const cancelled = sql`status = 'cancelled', cancel_requested = true, completed_at = now(), checkpoint_key = NULL`;

export function markCancelled(tx: Transaction, id: number): Promise<StoredSession | undefined> {
  return updateUnfinished(tx, id, cancelled);
}

/** By a run that heard that it is to stop: nothing where the session was asked for again meanwhile. */
export function markStopped(tx: Transaction, id: number): Promise<StoredSession | undefined> {
  return updateUnfinished(tx, id, cancelled, sql`${unfinished} AND cancel_requested`);
}

export function markFailed(tx: Transaction, id: number, message: string): Promise<StoredSession | undefined> {
  return updateUnfinished(
    tx,
    id,
    sql`status = 'failed', error_message = ${message}, completed_at = now(), checkpoint_key = NULL`,
  );
}

/** One that failed or was stopped waits again, from its beginning. */
export async function markPending(tx: Transaction, id: number): Promise<StoredSession | undefined> {
  const row = await tx.row<SessionRow>(
    sql`UPDATE training_sessions SET status = 'pending', cancel_requested = false, error_message = NULL, progress = 0,
          current_epoch = 0, live_metrics = '{}', started_at = NULL, completed_at = NULL
        WHERE id = ${id} AND status IN ('failed', 'cancelled') RETURNING *`,
  );
  return row && sessionOf(row);
}

export interface Completion {
  readonly modelKey: string;
  readonly trainingMetrics: Json;
  readonly validationMetrics: Json;
  readonly finalMetrics: Json;
  /** What became known of the lineage only now. */
  readonly lineage: Partial<Lineage>;
}

export function markCompleted(
  tx: Transaction,
  id: number,
  completion: Completion,
): Promise<StoredSession | undefined> {
  return updateUnfinished(
    tx,
    id,
    sql`status = 'completed', progress = 100, current_epoch = total_epochs, completed_at = now(),
        checkpoint_key = NULL, model_key = ${completion.modelKey},
        training_metrics = ${JSON.stringify(completion.trainingMetrics)},
        validation_metrics = ${JSON.stringify(completion.validationMetrics)},
        final_metrics = ${JSON.stringify(completion.finalMetrics)},
        lineage = lineage || ${JSON.stringify(completion.lineage)}::jsonb`,
  );
}

/** Each message once, however often the work is begun. */
export async function addLogs(
  tx: Transaction,
  session: ProjectRef & { readonly id: number },
  messages: readonly string[],
): Promise<void> {
  if (messages.length === 0) return;
  await tx.run(
    sql`INSERT INTO training_logs (session_id, project_id, organization_id, message)
        SELECT ${session.id}::bigint, ${session.projectId}::bigint, ${session.organizationId}::integer, line.message
        FROM unnest(${[...new Set(messages)]}::text[]) WITH ORDINALITY AS line (message, number)
        WHERE NOT EXISTS (
          SELECT FROM training_logs l WHERE l.session_id = ${session.id} AND l.message = line.message)
        ORDER BY line.number`,
  );
}
