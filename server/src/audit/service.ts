import { Readable } from "node:stream";
import type { AuditEntry, AuditExportQuery, AuditQuery, AuditVerdict } from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../access/actor.ts";
import { notFound } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { type Page, pageBounds } from "../http/reply/page.ts";
import { INSTALLATION } from "../platform/database/inAccounts.ts";
import { inTransaction, type Reach } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import { entryOf, exportText, type SealedEntry } from "./entries.ts";
import * as queries from "./queries.ts";
import { verifyChain } from "./verifyChain.ts";

export interface AuditDeps extends Deps {
  /** Connections of the accounts role: names of people, and whole chains for a check. */
  readonly accountsPool: pg.Pool;
  readonly auditSecret: Uint8Array;
}

const ENTRIES_A_PART = 1_000;

interface Scope {
  readonly organizationId: number;
  readonly reach: Reach;
}

/**
 * Whose audit is asked for, if the actor may see it: an organisation's its owners and admins, a project's its owners
 * as well, the installation's its administrators.
 */
async function scopeOf(deps: AuditDeps, actor: Actor, query: queries.Filters): Promise<Scope> {
  const asked = query.organization_id;
  const { access, onlyProject, reach } = actor;
  const noted = (organizationId: number, projectId: number | null) =>
    reach.author.reading?.places.push({ organizationId, projectId });
  if (asked === INSTALLATION) {
    if (access.user.role !== "admin" || onlyProject !== null) {
      throw new AppError("not_allowed", "The installation's audit is for its administrators.");
    }
    noted(INSTALLATION, null);
    return { organizationId: INSTALLATION, reach };
  }
  if (query.project_id !== undefined) {
    const place = await inTransaction(deps.db, reach, (tx) =>
      requireProject(tx, actor, query.project_id!, "project.audit"),
    );
    if (asked !== undefined && asked !== place.organizationId) throw notFound("project");
    return { organizationId: place.organizationId, reach };
  }
  const organizationId = organizationOf(actor, asked);
  noted(organizationId, null);
  return { organizationId, reach };
}

function organizationOf({ access, onlyProject }: Actor, asked: number | undefined): number {
  const known = asked === undefined || access.organizations.some(({ id }) => id === asked);
  if (!known) throw notFound("organisation");
  const own = access.organizations.filter(({ role }) => role !== "member");
  const [only, ...others] = asked === undefined ? own : own.filter(({ id }) => id === asked);
  if (!only || onlyProject !== null) {
    throw new AppError(
      "not_allowed",
      "An organisation's audit is for its owners and admins. Owners of a project may ask with ?project_id=.",
    );
  }
  if (others.length > 0) {
    throw new AppError(
      "validation_failed",
      `querystring/organization_id must say whose audit: ${own.map(({ id }) => id).join(", ")}.`,
    );
  }
  return only.id;
}

export async function listEntries(
  deps: AuditDeps,
  actor: Actor,
  query: AuditQuery,
): Promise<Page<AuditEntry>> {
  const { organizationId, reach } = await scopeOf(deps, actor, query);
  const { rows, total } = await inTransaction(deps.db, reach, (tx) =>
    queries.listEntries(tx, organizationId, { ...query, ...pageBounds(query) }),
  );
  const names = await namesIn(deps, rows);
  return { rows: rows.map((row) => entryOf(row, names)), total };
}

/** As text, read part by part, so that a slow reader holds no connection. The oldest entry comes first. */
export async function exportEntries(
  deps: AuditDeps,
  actor: Actor,
  { format = "csv", formulas = "guard", ...filters }: AuditExportQuery,
): Promise<{ body: Readable; filename: string; contentType: string }> {
  const { organizationId, reach } = await scopeOf(deps, actor, filters);
  const readPart = async (after: number): Promise<queries.EntryRow[]> =>
    inTransaction(deps.db, reach, (tx) =>
      queries.entriesAfter(tx, organizationId, { after, most: ENTRIES_A_PART, filters }),
    );
  const first = await readPart(0);
  async function* parts(): AsyncGenerator<SealedEntry[]> {
    for (let rows = first; rows.length > 0; rows = await readPart(rows.at(-1)!.position)) {
      const names = await namesIn(deps, rows);
      yield rows.map((row) => ({ ...entryOf(row, names), sealed: row.sealed }));
    }
  }
  return {
    body: Readable.from(exportText(parts(), format, formulas), { objectMode: false }),
    filename: `audit ${organizationId === INSTALLATION ? "installation" : organizationId}.${format}`,
    contentType: format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8",
  };
}

export async function verifyOwnChain(
  deps: AuditDeps,
  actor: Actor,
  query: { organization_id?: number },
): Promise<AuditVerdict> {
  const { organizationId } = await scopeOf(deps, actor, query);
  return verifyChain(queries.chainReader(deps.accountsPool), organizationId, deps.auditSecret);
}

async function namesIn(
  { accountsPool }: AuditDeps,
  rows: readonly queries.EntryRow[],
): Promise<Map<number, string>> {
  const ids = new Set(rows.flatMap(({ user_id }) => (user_id === null ? [] : [user_id])));
  return ids.size === 0 ? new Map() : queries.namesOfUsers(accountsPool, [...ids]);
}
