import type { Dataset, DatasetStatistics, UpdateDataset } from "@magtrace/contracts";
import { type ChannelStatistics, formatTime } from "@magtrace/series";
import type { Actor } from "../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import { deleteOrLeave, requireDeletable } from "../platform/objects/requireDeletable.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { requireProject } from "../projects/service.ts";
import type { QualityReport } from "./ingest/types.ts";
import * as queries from "./queries.ts";

export type { LabelsOfFile } from "./labelsOfFile.ts";
export { findSeriesPrefix, type StoredDataset } from "./queries.ts";
export type { SeriesCache } from "./seriesCache.ts";

/** A dataset the actor may do `permission` on. Other domains begin with this, too. */
export async function requireDataset(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<queries.StoredDataset> {
  return requireFound(actor, permission, await queries.findDataset(tx, id));
}

function requireFound(
  actor: Actor,
  permission: Permission,
  dataset: queries.StoredDataset | undefined,
): queries.StoredDataset {
  requireAllowed(actor, permission, dataset, "dataset");
  if (!dataset) throw notFound("dataset");
  return dataset;
}

export { datasetStatement } from "./queries.ts";

/** A job's view: the row, or undefined when it is gone. */
export const findDataset = queries.findDataset;

/** Its field is the total field of a scalar magnetometer: `b` without axes. */
export function isScalar({ channels }: queries.StoredDataset): boolean {
  return channels.includes("b") && !channels.includes("b_x");
}

/** Its readings can be read. */
export function requireReadable(dataset: queries.StoredDataset): void {
  if (dataset.status === "completed") return;
  throw new AppError(
    "not_ready",
    dataset.status === "failed"
      ? "This file could not be read, so there are no readings. See its findings, mend it and upload it again."
      : "The file is still being read. Try again when `processed` is true.",
    { details: { status: dataset.status, progress: dataset.wire.progress } },
  );
}

export async function listDatasets(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & { project_id?: number },
): Promise<Page<Dataset>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "dataset.read");
    return queries.listDatasets(tx, query);
  });
}

export async function readDataset({ db }: Deps, actor: Actor, id: number): Promise<Dataset> {
  return queries.readDataset(
    db,
    actor.database,
    id,
    (dataset) => requireFound(actor, "dataset.read", dataset).wire,
  );
}

/** A dataset with the place of its readings. */
export async function requireSeries(
  { db }: Deps,
  actor: Actor,
  id: number,
): Promise<{ dataset: queries.StoredDataset; prefix: string }> {
  return queries.readDataset(db, actor.database, id, (found, prefix) => {
    const dataset = requireFound(actor, "dataset.read", found);
    requireReadable(dataset);
    if (!prefix) throw new AppError("not_ready", "The file is still being read.");
    return { dataset, prefix };
  });
}

export async function renameDataset(
  { db }: Deps,
  actor: Actor,
  id: number,
  change: UpdateDataset,
): Promise<Dataset> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireDataset(tx, actor, id, "dataset.write");
    return queries.renameDataset(tx, id, change.name);
  });
}

/** Has a file read again as it was to be read before. False where there is nothing to read again. */
export async function retryDataset({ queue }: Deps, tx: Transaction, job: JobData): Promise<boolean> {
  const dataset = await queries.findDataset(tx, job.id);
  if (!dataset || !(await queries.markRetried(tx, job.id, dataset.mapping))) return false;
  await queue.send(tx, "ingest", job);
  return true;
}

/**
 * Makes a file wait again that failed to be read, for the job that was to read it. @returns false where there is nothing
 * to read: it has been read, or is gone.
 */
export async function reopenReading(tx: Transaction, { id }: JobData): Promise<boolean> {
  const dataset = await queries.findDataset(tx, id);
  if (!dataset) return false;
  return dataset.status === "pending" || dataset.status === "running"
    ? true
    : queries.markRetried(tx, id, dataset.mapping);
}

/** Ends the reading of a file through no fault of it. The file stays to be read again. */
export async function failReading(tx: Transaction, job: JobData, error: string): Promise<void> {
  const failure = { error, findings: [], totalFindings: 0, questions: [] };
  if (!(await queries.markFailed(tx, job.id, failure))) return;
  const state = { status: "failed", progress: 100 };
  await publishEvent(tx, { kind: "dataset", project: job.projectId, id: job.id, state });
}

/** The row goes first: objects without a row are found by the sweep, a row without objects would be a broken promise. */
export async function deleteDataset(deps: Deps, actor: Actor, id: number): Promise<void> {
  const { db, objects } = deps;
  const originalKey = await inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, id, "dataset.write");
    await requireDeletable(objects);
    await queries.deleteDataset(tx, id);
    return dataset.originalKey;
  });
  if (originalKey) await deleteOrLeave(deps, originalKey);
  await deleteOrLeave(deps, seriesHome(id));
}

export function seriesHome(datasetId: number): string {
  return `series/${datasetId}/`;
}

export async function readQuality({ db }: Deps, actor: Actor, id: number): Promise<QualityReport> {
  return inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, id, "dataset.read");
    requireReadable(dataset);
    return dataset.quality!;
  });
}

export async function readStatistics({ db }: Deps, actor: Actor, id: number): Promise<DatasetStatistics> {
  return inTransaction(db, actor.database, async (tx) => {
    const dataset = await requireDataset(tx, actor, id, "dataset.read");
    requireReadable(dataset);
    return statisticsOf(dataset);
  });
}

type Spread = DatasetStatistics["magnetic_field_stats"]["b_x"];
const NOTHING: Spread = { min: null, max: null, mean: null, std: null };

function statisticsOf(dataset: queries.StoredDataset): DatasetStatistics {
  const byName = new Map(dataset.statistics.map((channel) => [channel.name, channel]));
  const spread = (name: string) => spreadOf(byName.get(name));
  const [lat, lon] = [spread("lat"), spread("lon")];
  const { time } = dataset;
  return {
    total_records: dataset.totalRecords,
    sensors: [...new Set(dataset.tracks.flatMap(({ sensor_id }) => (sensor_id ? [sensor_id] : [])))],
    time_range: {
      start: time && formatTime(time.start_us, time.kind),
      end: time && formatTime(time.end_us, time.kind),
    },
    magnetic_field_stats: { b_x: spread("b_x"), b_y: spread("b_y"), b_z: spread("b_z") },
    channel_stats: Object.fromEntries(dataset.statistics.map((channel) => [channel.name, spreadOf(channel)])),
    location_range:
      lat.min === null || lat.max === null || lon.min === null || lon.max === null
        ? null
        : { lat_min: lat.min, lat_max: lat.max, lon_min: lon.min, lon_max: lon.max },
  };
}

/** NaN is null in JSON, and so is what was stored as such. */
function spreadOf(channel: ChannelStatistics | undefined): Spread {
  if (!channel || channel.count === 0) return NOTHING;
  return { min: channel.min, max: channel.max, mean: channel.mean, std: channel.std };
}
