import { randomUUID } from "node:crypto";
import { readExactly } from "@magtrace/series";
import { jobAccess } from "../access/actor.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { publishEvent } from "../platform/events/events.ts";
import type { JobContext } from "../platform/queue/queue.ts";
import type { JobData } from "../platform/queue/queues.ts";
import { throttle } from "../platform/throttle.ts";
import { readableHead, TEXT_HEAD_BYTES } from "./ingest/inspect/headOf.ts";
import type { IngestOutcome } from "./ingest/types.ts";
import { type MakeLabels, orRefused } from "./labelsOfFile.ts";
import { knownProfiles } from "./profiles/profiles.ts";
import { type KnownProfile, profileAssumption, recogniseProfile } from "./profiles/recogniseProfile.ts";
import * as queries from "./queries.ts";
import { readOriginal } from "./readOriginal.ts";
import { refusalSentence } from "./refusalSentence.ts";
import { type ScanDeps, scanKept } from "./scanKept.ts";
import { failReading, seriesHome } from "./service.ts";

const PROGRESS_EVERY_MS = 400;

export interface ReadingDeps extends Deps {
  readonly makeLabels: MakeLabels;
}

export interface IngestDeps extends ReadingDeps, ScanDeps {}

/**
 * Reads an uploaded file into a series. Run again after a crash it begins anew under a prefix of its own; what the
 * first run left is never looked at and swept later.
 */
export async function ingestJob(deps: IngestDeps, job: JobData, context: JobContext): Promise<void> {
  const begun = performance.now();
  const access = jobAccess(deps, job);
  const found = await inTransaction(deps.db, access, async (tx) => {
    const dataset = await queries.findDataset(tx, job.id);
    if (!dataset || !(await queries.markProgress(tx, job.id, 0))) return undefined;
    const profiles = dataset.mapping === null ? await knownProfiles(tx, dataset.projectId) : [];
    return { dataset, profiles };
  });
  const originalKey = found?.dataset.originalKey;
  if (!found || !originalKey) return;
  const { dataset } = found;
  if (dataset.scanPending && !(await scanKept(deps, job, dataset))) return;

  const prefix = `${seriesHome(dataset.id)}${randomUUID()}/`;
  const progress = throttle(PROGRESS_EVERY_MS, (fraction: number) =>
    reportProgress(deps, job, fraction * 100),
  );
  const profile = await profileOf(deps, originalKey, found.profiles);
  const mapping = dataset.mapping ?? profile?.mapping ?? null;
  let read: IngestOutcome;
  try {
    read = await readOriginal(deps, {
      dataset: { ...dataset, originalKey },
      mapping,
      prefix,
      onProgress: progress.call,
      signal: context.signal,
    });
  } finally {
    await progress.stop();
  }
  const outcome = profile === null ? read : withProfile(read, profile);
  const { settled, accepted, rows } = await orRefused(outcome, (outcome) =>
    inTransaction(deps.db, access, async (tx) => {
      const settled = outcome.ok
        ? await queries.markCompleted(tx, dataset, { outcome, objectPrefix: prefix, mapping })
        : await queries.markFailed(tx, dataset.id, {
            error: refusalSentence(outcome.total_findings),
            findings: outcome.findings,
            totalFindings: outcome.total_findings,
            questions: outcome.questions,
          });
      if (settled && outcome.ok && outcome.labels?.taken) {
        await deps.makeLabels(tx, { dataset, userId: job.userId, labels: outcome.labels });
      }
      await publishEvent(tx, {
        kind: "dataset",
        project: job.projectId,
        id: job.id,
        state: { status: outcome.ok ? "completed" : "failed", progress: 100 },
      });
      return { settled, accepted: outcome.ok, rows: outcome.ok ? outcome.rows : 0 };
    }),
  );
  if (settled) {
    deps.metrics.work.ingestEnded({
      outcome: accepted ? "completed" : "refused",
      rows,
      bytes: dataset.wire.original_bytes,
      seconds: (performance.now() - begun) / 1000,
    });
  }
  if (!settled || !accepted) await deps.objects.deletePrefix(prefix);
}

/** The project's profile for files like this one, by its first part. */
async function profileOf(
  { objects }: Deps,
  originalKey: string,
  profiles: readonly KnownProfile[],
): Promise<KnownProfile | null> {
  if (profiles.length === 0) return null;
  const source = await objects.open(originalKey);
  try {
    const bytes = new Uint8Array(Math.min(source.size, TEXT_HEAD_BYTES));
    await readExactly(source, 0, bytes);
    const head = await readableHead({ bytes, complete: bytes.length === source.size });
    return head && recogniseProfile(head.bytes, profiles);
  } finally {
    await source.close();
  }
}

function withProfile(outcome: IngestOutcome, profile: KnownProfile): IngestOutcome {
  if (!outcome.ok) return outcome;
  const { quality } = outcome;
  const assumptions = [profileAssumption(profile), ...quality.assumptions];
  return { ...outcome, quality: { ...quality, assumptions } };
}

/**
 * The work failed for good through no fault of the file: the row says so instead of waiting for ever, and the file
 * stays to be read again.
 */
export async function abandonIngest(deps: Deps, job: JobData, reason?: string): Promise<void> {
  await inTransaction(deps.db, jobAccess(deps, job), (tx) =>
    failReading(
      tx,
      job,
      reason ??
        "Reading this file failed several times through a fault of ours. The file is kept: have it read again; if that fails too, tell support.",
    ),
  );
}

async function reportProgress(deps: Deps, job: JobData, percent: number): Promise<void> {
  const { db, log } = deps;
  await inTransaction(db, jobAccess(deps, job), async (tx) => {
    await queries.markProgress(tx, job.id, percent);
    const state = { status: "running", progress: Math.round(percent) };
    await publishEvent(tx, { kind: "dataset", project: job.projectId, id: job.id, state });
  }).catch((error) => log.warn({ err: error, dataset_id: job.id }, "progress was not saved"));
}
