import type { AuditQuery } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import { preparedRow } from "../platform/database/inAccounts.ts";
import type { Transaction } from "../platform/database/transaction.ts";
import { SEALED_TEXT } from "./chainQueries.ts";

export type Filters = Omit<AuditQuery, "limit" | "offset" | "before">;

export interface EntryRow {
  organization_id: number;
  project_id: number | null;
  at: Date;
  action: string;
  subject: string | null;
  row_count: number;
  user_id: number | null;
  credential: string | null;
  ip: string | null;
  request_id: string | null;
  route: string | null;
  before: unknown;
  after: unknown;
  position: number;
  hash: Buffer;
  sealed: string;
}

const SEALED = sql.raw(SEALED_TEXT);
const IS_CHANGE = sql`action ~ '\\.(create|update|delete)$'`;

/** What a facet says of all its entries. Columns of either table: both have them. */
function facetConditions({ project_id, user_id, action, kind }: Filters): RawBuilder<unknown>[] {
  return [
    ...(project_id === undefined ? [] : [sql`project_id = ${project_id}`]),
    ...(user_id === undefined ? [] : [sql`user_id = ${user_id}`]),
    ...(action === undefined ? [] : [sql`(action = ${action} OR starts_with(action, ${`${action}.`}))`]),
    ...(kind === undefined ? [] : [kind === "change" ? IS_CHANGE : sql`NOT ${IS_CHANGE}`]),
  ];
}

/** What only an entry itself says. */
function entryConditions({ subject, request_id, since, until }: Filters): RawBuilder<unknown>[] {
  return [
    ...(subject === undefined ? [] : [sql`subject = ${subject}`]),
    ...(request_id === undefined ? [] : [sql`request_id = ${request_id}`]),
    ...(since === undefined ? [] : [sql`at >= ${since}`]),
    ...(until === undefined ? [] : [sql`at < ${until}`]),
  ];
}

const and = (conditions: readonly RawBuilder<unknown>[]) => sql.join(conditions, sql` AND `);

/** Positions from `first` on and before `beyond`; null: without an end there. */
export interface PositionBounds {
  readonly first: number | null;
  readonly beyond: number | null;
}

/**
 * Between which positions everything lies that was done in a stretch of time; null when nothing does. An entry is never
 * sequenced before it was done, and after it by no more than its facet says.
 */
export async function positionBounds(
  accounts: pg.Pool,
  organizationId: number,
  { since, until }: Filters,
): Promise<PositionBounds | null> {
  let first: number | null = null;
  let beyond: number | null = null;
  if (since !== undefined) {
    const row = await preparedRow<{ position: number }>(accounts, {
      name: "audit_first_since",
      text: `SELECT position FROM audit.entries WHERE organization_id = $1 AND sequenced >= $2
        ORDER BY sequenced, position LIMIT 1`,
      values: [organizationId, since],
    });
    if (!row) return null;
    first = row.position;
  }
  if (until !== undefined) {
    const row = await preparedRow<{ position: number }>(accounts, {
      name: "audit_first_beyond",
      text: `SELECT position FROM audit.entries WHERE organization_id = $1 AND sequenced > $2::timestamptz + (
          SELECT coalesce(max(longest_wait), '0') FROM audit.facets
          WHERE organization_id = $1 AND month >= date_trunc('month', $2::timestamptz, 'UTC'))
        ORDER BY sequenced, position LIMIT 1`,
      values: [organizationId, until],
    });
    beyond = row?.position ?? null;
  }
  return { first, beyond };
}

export interface Search {
  readonly organizationId: number;
  readonly filters: Filters;
  readonly bounds: PositionBounds;
}

interface Found {
  readonly position: number;
  readonly sequenced: Date;
}

/**
 * The newest first. Where a filter is of facets, each facet that fits is read from its newest entry on: entries are
 * many, facets are few, and a combination that has none is known before an entry is read.
 */
function findStatement(
  search: Search,
  { limit, offset }: { limit: number; offset: number },
): RawBuilder<Found> {
  const { organizationId, filters, bounds } = search;
  const own = [
    ...entryConditions(filters),
    ...(bounds.first === null ? [] : [sql`position >= ${bounds.first}`]),
    ...(bounds.beyond === null ? [] : [sql`position < ${bounds.beyond}`]),
  ];
  const shared = facetConditions(filters);
  const inOrganization = sql`organization_id = ${organizationId}`;
  const page = sql`ORDER BY position DESC LIMIT ${limit} OFFSET ${offset}`;
  if (filters.request_id !== undefined) {
    // A request leaves few entries; looked up first, they are never looked for along the chain.
    return sql`WITH few AS MATERIALIZED (SELECT * FROM audit.entries WHERE request_id = ${filters.request_id})
      SELECT position, sequenced FROM few WHERE ${and([inOrganization, ...shared, ...own])} ${page}`;
  }
  if (shared.length === 0) {
    return sql`SELECT position, sequenced FROM audit.entries WHERE ${and([inOrganization, ...own])} ${page}`;
  }
  // Where nothing else is asked, the newest entries are those of the facets that were last added to. Entries are asked
  // for by their facet alone: with the organisation as well, the planner walks along the chain, past a million entries
  // to ten of a rare facet. The month's end is written so that it leaves other months out and yet is no range, of which
  // the planner believes that it holds a two-hundredth of the entries: it would read and sort all of the facet.
  const newest = own.length === 0 ? sql`ORDER BY last_position DESC LIMIT ${limit + offset}` : sql``;
  return sql`WITH fitting AS MATERIALIZED (
      SELECT id, month, date_trunc('month', month + interval '32 days', 'UTC') AS month_end FROM audit.facets
      WHERE ${and([inOrganization, ...shared])} ${newest})
    SELECT position, sequenced FROM fitting CROSS JOIN LATERAL (
      SELECT position, sequenced FROM audit.entries
      WHERE ${and([sql`facet_id = fitting.id`, sql`sequenced >= fitting.month`, sql`sequenced < ANY (ARRAY[fitting.month_end])`, ...own])}
      ORDER BY position DESC LIMIT ${limit + offset}) AS newest_of_facet ${page}`;
}

/** Of the newest first, those from `offset` on. */
export async function findEntries(
  tx: Transaction,
  search: Search,
  page: { limit: number; offset: number },
): Promise<EntryRow[]> {
  const found = await tx.rows<Found>(findStatement(search, page));
  if (found.length === 0) return [];
  const times = found.map(({ sequenced }) => sequenced.getTime());
  return tx.rows<EntryRow>(
    sql`SELECT *, '' AS sealed FROM audit.entries
        WHERE organization_id = ${search.organizationId} AND position = ANY (${found.map(({ position }) => position)})
          AND sequenced >= ${new Date(Math.min(...times))} AND sequenced <= ${new Date(Math.max(...times) + 1)}
        ORDER BY position DESC`,
  );
}

/** How many entries fit, up to `most`: exactly and at once where facets say it. */
export async function countEntries(tx: Transaction, search: Search, most: number): Promise<number> {
  const { organizationId, filters } = search;
  if (entryConditions(filters).length === 0) {
    const conditions = [sql`organization_id = ${organizationId}`, ...facetConditions(filters)];
    const { total } = await tx.one<{ total: number }>(
      sql`SELECT coalesce(sum(entries), 0)::bigint AS total FROM audit.facets WHERE ${and(conditions)}`,
    );
    return total;
  }
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM (${findStatement(search, { limit: most, offset: 0 })}) AS found`,
  );
  return total;
}

/** The next part of an export, the oldest first, with the text each hash is over. */
export async function entriesAfter(
  tx: Transaction,
  organizationId: number,
  { after, upTo, most, filters }: { after: number; upTo: number; most: number; filters: Filters },
): Promise<EntryRow[]> {
  const conditions = [
    sql`organization_id = ${organizationId}`,
    sql`position > ${after}`,
    sql`position <= ${upTo}`,
    ...facetConditions(filters),
    ...entryConditions(filters),
  ];
  return tx.rows<EntryRow>(
    sql`SELECT *, ${SEALED} AS sealed FROM audit.entries WHERE ${and(conditions)} ORDER BY position LIMIT ${most}`,
  );
}

export async function namesOfUsers(
  accounts: Pick<pg.ClientBase, "query">,
  ids: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await accounts.query("SELECT id, name FROM users WHERE id = ANY ($1)", [ids]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
