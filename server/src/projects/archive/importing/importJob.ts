import { jobAccess } from "../../../access/actor.ts";
import type { ArchivedTable } from "../../../platform/archive/declaration.ts";
import { inTransaction } from "../../../platform/database/transaction.ts";
import type { Deps } from "../../../platform/deps.ts";
import { publishEvent } from "../../../platform/events/events.ts";
import type { ObjectReader } from "../../../platform/objects/types.ts";
import type { JobContext } from "../../../platform/queue/queue.ts";
import type { JobData } from "../../../platform/queue/queues.ts";
import { type Copied, copyObjects, deleteCopies } from "../exporting/copyObjects.ts";
import { reserveIds } from "../exporting/rowQueries.ts";
import { findImport, IMPORT_KEPT, type ImportFailure, markImported, markImportFailed } from "../queries.ts";
import { ArchiveRefused } from "./archiveFindings.ts";
import { checkArchive } from "./checkArchive.ts";
import { insertArchive } from "./insertArchive.ts";
import { openArchive } from "./openArchive.ts";
import { importRefusal } from "./refusalSentence.ts";

const MIB = 1024 * 1024;

/** What an import is made with. */
interface Work {
  readonly deps: Deps;
  readonly tables: readonly ArchivedTable[];
  readonly job: JobData;
  readonly signal: AbortSignal;
}

/**
 * Makes a project of an uploaded file, all of it or nothing. Run again after a crash it begins anew, with other ids
 * and keys; what the first run left is never looked at and swept later.
 */
export async function importJob(
  deps: Deps,
  tables: readonly ArchivedTable[],
  job: JobData,
  { signal }: JobContext,
): Promise<void> {
  const key = await inTransaction(deps.db, jobAccess(deps, job), (tx) => findImport(tx, job.id));
  if (key === undefined) return;
  const reader = await deps.objects.open(key);
  let isSettled: boolean;
  try {
    isSettled = await importFrom(reader, { deps, tables, job, signal });
  } catch (error) {
    if (!(error instanceof ArchiveRefused)) throw error;
    const { findings, total } = error;
    const refused = { error: importRefusal(total), findings, total_findings: total, key: null };
    isSettled = await fail(deps, job, refused);
  } finally {
    await reader.close();
  }
  // Else somebody was before us: given up meanwhile, it waits with its file to be imported again.
  if (isSettled) await deps.objects.delete(key);
}

/** @returns whether it is settled by this run. */
async function importFrom(reader: ObjectReader, work: Work): Promise<boolean> {
  const { deps, tables, job, signal } = work;
  const { objects, config, db } = deps;
  const limits = { mostBytes: config.UPLOAD_MAX_DECOMPRESSED_MIB * MIB, maxRatio: config.UPLOAD_MAX_RATIO };
  const archive = await openArchive(reader, limits, signal);
  const checked = await checkArchive(archive, tables, signal);
  const ids = await inTransaction(db, jobAccess(deps, job), async (tx) => {
    const reserved = new Map<string, Float64Array>();
    for (const { name, columns } of tables) {
      if ("id" in columns) reserved.set(name, await reserveIds(tx, name, checked.idsNeeded.get(name) ?? 0));
    }
    return reserved;
  });
  const copied = await copyObjects({
    checked,
    tables,
    ids,
    objects,
    organizationId: job.organizationId,
    signal,
  });
  try {
    const isSettled = await settle({ ids, copied, ...work }, archive);
    if (!isSettled) await deleteCopies(objects, copied);
    return isSettled;
  } catch (error) {
    // After any other failure nobody knows whether the rows are there: the sweep finds out.
    if (error instanceof ArchiveRefused) await deleteCopies(objects, copied);
    throw error;
  }
}

interface Settlement extends Work {
  readonly ids: ReadonlyMap<string, Float64Array>;
  readonly copied: ReadonlyMap<string, Copied>;
}

/** Everything becomes visible at once. False where the project was deleted, or another run was first. */
async function settle(
  { deps, tables, job, signal, ids, copied }: Settlement,
  archive: Awaited<ReturnType<typeof openArchive>>,
): Promise<boolean> {
  return inTransaction(deps.db, jobAccess(deps, job), async (tx) => {
    if (!(await markImported(tx, job.id, archive.manifest.project))) return false;
    const projectRef = { projectId: job.projectId, organizationId: job.organizationId };
    await insertArchive(tx, { archive, tables, ids, copied, projectRef, signal });
    await publishEvent(tx, eventOf(job, "ready"));
    return true;
  });
}

/**
 * The work failed for good through no fault of the file: the project says so instead of waiting for ever. The file stays:
 * `magtrace retry` has it imported again.
 */
export async function abandonImport(deps: Deps, job: JobData, reason?: string): Promise<void> {
  await fail(deps, job, {
    error:
      reason ??
      `Importing this file failed several times through a fault of ours. ${IMPORT_KEPT} If that fails too, tell support.`,
    findings: [],
    total_findings: 0,
  });
}

async function fail(deps: Deps, job: JobData, failure: ImportFailure): Promise<boolean> {
  const { db } = deps;
  return inTransaction(db, jobAccess(deps, job), async (tx) => {
    const isSettled = await markImportFailed(tx, job.id, failure);
    if (isSettled) await publishEvent(tx, eventOf(job, "failed"));
    return isSettled;
  });
}

function eventOf({ projectId, id }: JobData, status: "ready" | "failed") {
  return { kind: "project", project: projectId, id, state: { status } } as const;
}
