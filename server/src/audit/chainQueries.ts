import type pg from "pg";
import { MerkleTree, type ReadHashes } from "./merkleTree.ts";

type Db = Pick<pg.ClientBase, "query">;

/** What the hashes are over: the same expression as audit.sealed_text, which a check must not need to trust. */
export const SEALED_TEXT = `jsonb_build_array(position, organization_id, project_id,
  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), action, subject, row_count, user_id,
  credential, ip, request_id, route, before, after)::text`;

export interface ChainEntry {
  readonly position: number;
  readonly hash: Buffer;
  readonly leaf: Buffer;
  readonly sealed: string;
}

export interface Anchor {
  readonly position: number;
  readonly hash: Buffer;
  /** Of the tree of that size; null in anchors of earlier versions. */
  readonly root: Buffer | null;
  readonly seal: Buffer;
}

/** Where a chain ends, or where it begins since its first entries were dropped. */
export interface ChainPlace {
  readonly position: number;
  readonly hash: Buffer;
}

/** What a check of chains reads; by a role that may see every chain. */
export interface ChainReader {
  organizations(): Promise<number[]>;
  entriesAfter(organizationId: number, position: number): Promise<ChainEntry[]>;
  head(organizationId: number): Promise<ChainPlace | undefined>;
  checkpoint(organizationId: number): Promise<ChainPlace | undefined>;
  anchors(organizationId: number): Promise<Anchor[]>;
  /** Entries that an earlier version left without a place in the chain. */
  countOutside(organizationId: number): Promise<number>;
  hashes(organizationId: number): ReadHashes;
}

const ENTRIES_AT_ONCE = 2_000;

export function chainReader(db: Db): ChainReader {
  const oneOf = async (table: "heads" | "checkpoints", organizationId: number) => {
    const text = `SELECT position, hash FROM audit.${table} WHERE organization_id = $1 ORDER BY position DESC LIMIT 1`;
    return (await db.query<ChainPlace>(text, [organizationId])).rows[0];
  };
  return {
    async organizations() {
      const { rows } = await db.query(
        `SELECT organization_id AS id FROM audit.heads UNION SELECT organization_id FROM audit.facets
         UNION SELECT organization_id FROM audit.anchors UNION SELECT organization_id FROM audit.outside ORDER BY 1`,
      );
      return rows.map(({ id }) => id);
    },
    async entriesAfter(organizationId, position) {
      const { rows } = await db.query<ChainEntry>(
        `SELECT position, hash, leaf, ${SEALED_TEXT} AS sealed FROM audit.entries
         WHERE organization_id = $1 AND position > $2 ORDER BY position LIMIT ${ENTRIES_AT_ONCE}`,
        [organizationId, position],
      );
      return rows;
    },
    head: (organizationId) => oneOf("heads", organizationId),
    checkpoint: (organizationId) => oneOf("checkpoints", organizationId),
    async anchors(organizationId) {
      const text =
        "SELECT position, hash, root, seal FROM audit.anchors WHERE organization_id = $1 ORDER BY position";
      return (await db.query<Anchor>(text, [organizationId])).rows;
    },
    async countOutside(organizationId) {
      const text = "SELECT count(*) AS n FROM audit.outside WHERE organization_id = $1";
      return (await db.query(text, [organizationId])).rows[0].n;
    },
    hashes: (organizationId) => hashesOf(db, organizationId),
  };
}

function hashesOf(db: Db, organizationId: number): ReadHashes {
  return async (level, from, to) => {
    const leaves =
      level === 0
        ? `SELECT position - 1 AS index, leaf AS hash FROM audit.entries
           WHERE organization_id = $1 AND position > $3 AND position <= $4 UNION ALL `
        : "";
    const { rows } = await db.query<{ hash: Buffer }>(
      `SELECT hash FROM (${leaves}SELECT index, hash FROM audit.nodes
         WHERE organization_id = $1 AND level = $2 AND index >= $3 AND index < $4) AS kept ORDER BY index`,
      [organizationId, level, from, to],
    );
    return rows.map(({ hash }) => hash);
  };
}

export function treeOf(db: Db, organizationId: number, size: number): MerkleTree {
  return new MerkleTree(size, hashesOf(db, organizationId));
}

export interface Head extends ChainPlace {
  readonly organization_id: number;
}

/** Chains that have grown since they were last anchored. */
export async function headsToAnchor(db: Db): Promise<Head[]> {
  const { rows } = await db.query<Head>(
    `SELECT h.organization_id, h.position, h.hash FROM audit.heads h WHERE NOT EXISTS (
       SELECT FROM audit.anchors a WHERE a.organization_id = h.organization_id AND a.position >= h.position)
     ORDER BY h.organization_id`,
  );
  return rows;
}

export async function insertAnchor(
  db: Db,
  { organization_id, position, hash, root }: Head & { readonly root: Buffer },
  seal: Uint8Array,
): Promise<void> {
  await db.query(
    `INSERT INTO audit.anchors (organization_id, position, hash, root, seal) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING`,
    [organization_id, position, hash, root, Buffer.from(seal)],
  );
}
