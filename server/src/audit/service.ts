import { Readable } from "node:stream";
import type { AuditEntry, AuditExportQuery, AuditQuery } from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../access/actor.ts";
import { notFound } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { pageBounds } from "../http/reply/page.ts";
import { INSTALLATION } from "../platform/database/inAccounts.ts";
import { type DatabaseAccess, inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import { entryOf } from "./entries.ts";
import { exportLines } from "./exportLines.ts";
import * as queries from "./queries.ts";
import { sequenceBatch } from "./sequencing.ts";

export interface AuditDeps extends Deps {
  /** Connections of the accounts role: names of people, and whole chains for a check. */
  readonly accountsPool: pg.Pool;
  readonly auditSecret: Uint8Array;
}

/** As many are counted, and more only where it costs nothing. */
const MOST_COUNTED = 1_000;

export interface Scope {
  readonly organizationId: number;
  readonly database: DatabaseAccess;
}

/**
 * Whose audit is asked for, if the actor may see it: an organisation's its owners and admins, a project's its owners
 * as well, the installation's its administrators.
 */
export async function scopeOf(deps: AuditDeps, actor: Actor, query: queries.Filters): Promise<Scope> {
  const asked = query.organization_id;
  const { access, onlyProject, database } = actor;
  const addTarget = (organizationId: number, projectId: number | null) =>
    database.author.reading?.targets.push({ organizationId, projectId });
  if (asked === INSTALLATION) {
    if (access.user.role !== "admin" || onlyProject !== null) {
      throw new AppError("not_allowed", "Only administrators may read the installation's audit.");
    }
    addTarget(INSTALLATION, null);
    return { organizationId: INSTALLATION, database };
  }
  if (query.project_id !== undefined) {
    const place = await inTransaction(deps.db, database, (tx) =>
      requireProject(tx, actor, query.project_id!, "project.audit"),
    );
    if (asked !== undefined && asked !== place.organizationId) throw notFound("project");
    return { organizationId: place.organizationId, database };
  }
  const organizationId = organizationOf(actor, asked);
  addTarget(organizationId, null);
  return { organizationId, database };
}

function organizationOf({ access, onlyProject }: Actor, asked: number | undefined): number {
  const known = asked === undefined || access.organizations.some(({ id }) => id === asked);
  if (!known) throw notFound("organisation");
  const own = access.organizations.filter(({ role }) => role !== "member");
  const [only, ...others] = asked === undefined ? own : own.filter(({ id }) => id === asked);
  if (!only || onlyProject !== null) {
    throw new AppError(
      "not_allowed",
      "Only owners and admins of an organisation may read its audit. As owner of a project, send its id as project_id.",
    );
  }
  if (others.length > 0) {
    throw new AppError(
      "validation_failed",
      `querystring/organization_id must be the id of one of your organisations: ${own.map(({ id }) => id).join(", ")}.`,
    );
  }
  return only.id;
}

/** So that whoever looks sees what was just done: entries are put into order within two seconds by themselves. */
export async function sequenceWaiting({ accountsPool }: AuditDeps): Promise<void> {
  await sequenceBatch(accountsPool, { wait: true });
}

export interface AuditPage {
  readonly rows: AuditEntry[];
  /** Exact up to a thousand, and beyond where no subject, request or time is asked for; else no more than is known. */
  readonly total: number;
  /** Whether there are older ones. */
  readonly more: boolean;
}

export async function listEntries(
  deps: AuditDeps,
  actor: Actor,
  { before, ...query }: AuditQuery,
): Promise<AuditPage> {
  const { organizationId, database } = await scopeOf(deps, actor, query);
  await sequenceWaiting(deps);
  const bounds = await queries.positionBounds(deps.accountsPool, organizationId, query);
  if (bounds === null) return { rows: [], total: 0, more: false };
  const { limit, offset, ...filters } = { ...query, ...pageBounds(query) };
  const search = { organizationId, filters, bounds };
  const beyond = Math.min(before ?? Number.POSITIVE_INFINITY, bounds.beyond ?? Number.POSITIVE_INFINITY);
  const asked = before === undefined ? search : { ...search, bounds: { ...bounds, beyond } };
  const { rows, total } = await inTransaction(deps.db, database, async (tx) => {
    const found = await queries.findEntries(tx, asked, { limit: limit + 1, offset });
    const isWhole = found.length <= limit && before === undefined && (offset === 0 || found.length > 0);
    const counted = isWhole
      ? offset + found.length
      : await queries.countEntries(tx, search, MOST_COUNTED + 1);
    return { rows: found, total: Math.max(counted, offset + found.length) };
  });
  const shown = rows.slice(0, limit);
  const names = await namesIn(deps, shown);
  return { rows: shown.map((row) => entryOf(row, names)), total, more: rows.length > limit };
}

/** As text, read part by part, so that a slow reader holds no connection. The oldest entry comes first. */
export async function exportEntries(
  deps: AuditDeps,
  actor: Actor,
  query: AuditExportQuery,
): Promise<{ body: Readable; filename: string; contentType: string }> {
  const { format = "csv", since_size: sinceSize, formulas: _, ...filters } = query;
  if (sinceSize !== undefined && format !== "proofs") {
    throw new AppError("validation_failed", "querystring/since_size can only be sent with format=proofs.");
  }
  const scope = await scopeOf(deps, actor, filters);
  await sequenceWaiting(deps);
  const lines = exportLines(deps, scope, query);
  // What cannot be proven is refused, not sent as half a file.
  const first = await lines.next();
  async function* all(): AsyncGenerator<string> {
    if (!first.done) yield first.value;
    yield* lines;
  }
  const { organizationId } = scope;
  const extension = format === "proofs" ? "proofs.jsonl" : format;
  return {
    body: Readable.from(all(), { objectMode: false }),
    filename: `audit ${organizationId === INSTALLATION ? "installation" : organizationId}.${extension}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8",
  };
}

async function namesIn(
  { accountsPool }: AuditDeps,
  rows: readonly queries.EntryRow[],
): Promise<Map<number, string>> {
  const ids = new Set(rows.flatMap(({ user_id }) => (user_id === null ? [] : [user_id])));
  return ids.size === 0 ? new Map() : queries.namesOfUsers(accountsPool, [...ids]);
}
