import type { AuditQuery } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import type { Transaction } from "../platform/database/transaction.ts";

export type Filters = Omit<AuditQuery, "limit" | "offset">;

export interface EntryRow {
  id: number;
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

/** What a link's hash is over: the same expression as audit.sealed_text, which a check must not need to trust. */
const SEALED_TEXT = `jsonb_build_array(l.position, e.organization_id, e.project_id,
  to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.subject, e.row_count, e.user_id,
  e.credential, e.ip, e.request_id, e.route, e.before, e.after)::text`;
const SEALED = sql.raw(SEALED_TEXT);

function matching(organizationId: number, filters: Filters): RawBuilder<unknown> {
  const conditions: RawBuilder<unknown>[] = [sql`e.organization_id = ${organizationId}`];
  if (filters.project_id !== undefined) conditions.push(sql`e.project_id = ${filters.project_id}`);
  if (filters.user_id !== undefined) conditions.push(sql`e.user_id = ${filters.user_id}`);
  if (filters.action !== undefined) {
    conditions.push(sql`(e.action = ${filters.action} OR starts_with(e.action, ${`${filters.action}.`}))`);
  }
  if (filters.kind !== undefined) {
    const isChange = sql`e.action ~ '\\.(create|update|delete)$'`;
    conditions.push(filters.kind === "change" ? isChange : sql`NOT ${isChange}`);
  }
  if (filters.subject !== undefined) conditions.push(sql`e.subject = ${filters.subject}`);
  if (filters.request_id !== undefined) conditions.push(sql`e.request_id = ${filters.request_id}`);
  if (filters.since !== undefined) conditions.push(sql`e.at >= ${filters.since}`);
  if (filters.until !== undefined) conditions.push(sql`e.at < ${filters.until}`);
  return sql.join(conditions, sql` AND `);
}

/** The newest first. */
export async function listEntries(
  tx: Transaction,
  organizationId: number,
  { limit, offset, ...filters }: Filters & { limit: number; offset: number },
): Promise<{ rows: EntryRow[]; total: number }> {
  const where = matching(organizationId, filters);
  const rows = await tx.rows<EntryRow>(
    sql`SELECT e.*, l.position, l.hash, '' AS sealed FROM audit.entries e JOIN audit.links l ON l.entry_id = e.id
        WHERE l.organization_id = ${organizationId} AND ${where} ORDER BY l.position DESC LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM audit.entries e WHERE ${where}`,
  );
  return { rows, total };
}

/**
 * The next part of an export, the oldest first, with the text each hash is over. By position, which is given at the
 * commit: ids are given before, and one that comes late would be passed over.
 */
export async function entriesAfter(
  tx: Transaction,
  organizationId: number,
  { after, most, filters }: { after: number; most: number; filters: Filters },
): Promise<EntryRow[]> {
  return tx.rows<EntryRow>(
    sql`SELECT e.*, l.position, l.hash, ${SEALED} AS sealed
        FROM audit.links l JOIN audit.entries e ON e.id = l.entry_id
        WHERE l.organization_id = ${organizationId} AND l.position > ${after} AND ${matching(organizationId, filters)}
        ORDER BY l.position LIMIT ${most}`,
  );
}

export interface LinkRow {
  readonly position: number;
  readonly hash: Buffer;
  /** Null when the entry it links is gone. */
  readonly sealed: string | null;
}

export interface Anchor {
  readonly position: number;
  readonly hash: Buffer;
  readonly seal: Buffer;
}

/** What a check of chains reads; by a role that may see every chain. */
export interface ChainReader {
  organizations(): Promise<number[]>;
  linksAfter(organizationId: number, position: number): Promise<LinkRow[]>;
  head(organizationId: number): Promise<{ position: number; hash: Buffer } | undefined>;
  anchors(organizationId: number): Promise<Anchor[]>;
  /** Entries that no link is for. */
  countUnlinked(organizationId: number): Promise<number>;
}

const LINKS_AT_ONCE = 2_000;

export function chainReader(db: Pick<pg.ClientBase, "query">): ChainReader {
  const linksText = `SELECT l.position, l.hash, CASE WHEN e.id IS NOT NULL THEN ${SEALED_TEXT} END AS sealed
    FROM audit.links l LEFT JOIN audit.entries e ON e.id = l.entry_id
    WHERE l.organization_id = $1 AND l.position > $2 ORDER BY l.position LIMIT ${LINKS_AT_ONCE}`;
  return {
    async organizations() {
      const { rows } = await db.query(
        `SELECT organization_id AS id FROM audit.heads UNION SELECT organization_id FROM audit.links
         UNION SELECT organization_id FROM audit.entries UNION SELECT organization_id FROM audit.anchors ORDER BY 1`,
      );
      return rows.map(({ id }) => id);
    },
    async linksAfter(organizationId, position) {
      return (await db.query<LinkRow>(linksText, [organizationId, position])).rows;
    },
    async head(organizationId) {
      const text = "SELECT position, hash FROM audit.heads WHERE organization_id = $1";
      return (await db.query(text, [organizationId])).rows[0];
    },
    async anchors(organizationId) {
      const text =
        "SELECT position, hash, seal FROM audit.anchors WHERE organization_id = $1 ORDER BY position";
      return (await db.query<Anchor>(text, [organizationId])).rows;
    },
    async countUnlinked(organizationId) {
      const { rows } = await db.query(
        `SELECT count(*) AS n FROM audit.entries e WHERE organization_id = $1
         AND NOT EXISTS (SELECT FROM audit.links WHERE entry_id = e.id AND organization_id = e.organization_id)`,
        [organizationId],
      );
      return rows[0].n;
    },
  };
}

export interface Head {
  readonly organization_id: number;
  readonly position: number;
  readonly hash: Buffer;
}

/** Chains that have grown since they were last anchored. */
export async function headsToAnchor(db: Pick<pg.ClientBase, "query">): Promise<Head[]> {
  const { rows } = await db.query<Head>(
    `SELECT h.organization_id, h.position, h.hash FROM audit.heads h WHERE NOT EXISTS (
       SELECT FROM audit.anchors a WHERE a.organization_id = h.organization_id AND a.position >= h.position)
     ORDER BY h.organization_id`,
  );
  return rows;
}

export async function insertAnchor(
  db: Pick<pg.ClientBase, "query">,
  { organization_id, position, hash }: Head,
  seal: Uint8Array,
): Promise<void> {
  await db.query(
    "INSERT INTO audit.anchors (organization_id, position, hash, seal) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    [organization_id, position, hash, Buffer.from(seal)],
  );
}

export async function namesOfUsers(
  accounts: Pick<pg.ClientBase, "query">,
  ids: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await accounts.query("SELECT id, name FROM users WHERE id = ANY ($1)", [ids]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
