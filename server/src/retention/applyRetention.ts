import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import * as queries from "./queries.ts";

export interface ApplyDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly objects: ObjectStore;
  readonly log: Log;
  /** AUDIT_KEEP_DAYS: of what concerns no organisation. */
  readonly auditKeepDays: number;
}

export interface RetentionReport {
  /** Out of sight, and to be brought back. */
  expiredOriginals: number;
  expiredPredictions: number;
  /** Gone for good. */
  removedOriginals: number;
  removedPredictions: number;
  droppedMonths: string[];
}

const DAY_MS = 86_400_000;
/** Of one statement: each commits by itself, so that no transaction is long and a stop loses nothing. */
const ROWS_AT_ONCE = 200;
const PREDICTIONS_AT_ONCE = 20;
/** More than there ever are; so that a mistake in the months ends. */
const MOST_MONTHS = 1_200;

/**
 * Applies every organisation's policies: what is due goes out of sight, and what has been so for its time goes for good.
 * Deleted projects are the sweep's. Any number of workers may do this at once: each takes rows that no other has.
 */
export async function applyRetention(
  deps: ApplyDeps,
  nowMs: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<RetentionReport> {
  const report: RetentionReport = {
    expiredOriginals: 0,
    expiredPredictions: 0,
    removedOriginals: 0,
    removedPredictions: 0,
    droppedMonths: [],
  };
  const work: Work = { ...deps, at: new Date(nowMs), signal };
  for (const policy of await queries.allPolicies(deps.accountsPool)) {
    if (policy.kind === "originals") {
      report.expiredOriginals += await expireDue(work, policy);
      report.removedOriginals += await removeOriginals(work, policy);
    } else if (policy.kind === "predictions") {
      report.expiredPredictions += await expireDue(work, policy);
      report.removedPredictions += await removePredictions(work, policy);
    }
  }
  report.droppedMonths = await dropMonths(work);
  deps.log.info(report, "retention applied");
  return report;
}

interface Work extends ApplyDeps {
  readonly at: Date;
  readonly signal: AbortSignal;
}

async function expireDue(
  { accountsPool, at, signal }: Work,
  { organization: organizationId, kind, keep_days }: queries.OrganizationPolicy,
): Promise<number> {
  const before = new Date(at.getTime() - keep_days * DAY_MS);
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const some = { organizationId, kind, before, at, most: ROWS_AT_ONCE };
    const expired = await queries.expireSome(accountsPool, some);
    if (expired === 0) return total;
    total += expired;
  }
}

/** What has been out of sight since before this is gone for good. */
function goneBefore({ at }: Work, { recoverable_days }: queries.OrganizationPolicy): Date {
  return new Date(at.getTime() - recoverable_days * DAY_MS);
}

async function removeOriginals(work: Work, policy: queries.OrganizationPolicy): Promise<number> {
  const { accountsPool, objects, signal } = work;
  const some = { organizationId: policy.organization, expiredBefore: goneBefore(work, policy) };
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const keys = await queries.removeOriginals(accountsPool, { ...some, most: ROWS_AT_ONCE });
    if (keys.length === 0) return total;
    for (const key of keys) await objects.delete(key);
    total += keys.length;
  }
}

async function removePredictions(work: Work, policy: queries.OrganizationPolicy): Promise<number> {
  const { accountsPool, signal } = work;
  const some = { organizationId: policy.organization, expiredBefore: goneBefore(work, policy) };
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const removed = await queries.removePredictions(accountsPool, { ...some, most: PREDICTIONS_AT_ONCE });
    if (removed.intervals === 0 && removed.predictions === 0) return total;
    total += removed.predictions;
  }
}

async function dropMonths({ accountsPool, auditKeepDays, log, at, signal }: Work): Promise<string[]> {
  const dropped: string[] = [];
  while (dropped.length < MOST_MONTHS) {
    signal.throwIfAborted();
    try {
      const month = await queries.dropAuditMonth(accountsPool, at, auditKeepDays);
      if (month === null) break;
      dropped.push(month);
    } catch (error) {
      // One whose end no anchor has sealed yet, or one that is not over: a later night finds it so.
      log.warn({ err: error }, "a month of the audit could not be dropped");
      break;
    }
  }
  return dropped;
}
