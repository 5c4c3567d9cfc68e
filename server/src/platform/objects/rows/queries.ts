import type pg from "pg";
import { runPrepared } from "../../database/inAccounts.ts";
import { ObjectExistsError, ObjectStoreError } from "../errors.ts";
import type { NewObjectRow, ObjectRow, ObjectRows, ObjectState } from "./objectRows.ts";

interface StoredRow {
  key: string;
  state: ObjectState;
  format: 1 | 2;
  size: number | null;
  organization_id: number | null;
  master_key_id: string;
  nonce_prefix: Buffer;
  wrapped_key: Buffer;
  changed_at: Date;
}

const COLUMNS =
  "key, state, format, size, organization_id, master_key_id, nonce_prefix, wrapped_key, changed_at";
const INSERT = `INSERT INTO objects.stored
    (key, state, format, size, organization_id, master_key_id, nonce_prefix, wrapped_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`;
/** "0" follows the slash in ASCII. */
const BELOW_PREFIX = "key >= $1 AND key < rtrim($1, '/') || '0'";

/** Of a transaction, exclusively, while a backup is under way (server/src/backup). Shared, for a statement: may objects go? */
export const BACKUP_LOCK = 7_203_114_033;

/** Rows in PostgreSQL, each call a statement of its own. The pool is the accounts role's: no other may see keys. */
export function databaseRows(pool: pg.Pool): ObjectRows {
  async function run(key: string, text: string, values: unknown[], name?: string): Promise<StoredRow[]> {
    return (await execute(key, text, values, name)).rows;
  }
  async function execute(key: string, text: string, values: unknown[], name?: string) {
    try {
      return await runPrepared<StoredRow>(pool, {
        text,
        values,
        name: name === undefined ? undefined : `objects.${name}`,
      });
    } catch (cause) {
      throw new ObjectStoreError(key, "The database did not answer for a stored file. Try again.", { cause });
    }
  }
  async function insert(row: NewObjectRow, state: ObjectState): Promise<boolean> {
    const { key, format, size, organizationId, masterKeyId, noncePrefix, wrappedKey } = row;
    const values = [key, state, format, size, organizationId, masterKeyId, noncePrefix, wrappedKey];
    return (await execute(key, INSERT, values, "insert")).rowCount === 1;
  }
  return {
    async insert(row) {
      if (!(await insert(row, "writing"))) throw new ObjectExistsError(row.key);
    },
    adopt: (row) => insert(row, "committed"),
    async markCommitted(key, size) {
      const text = `UPDATE objects.stored SET state = 'committed', size = $2, changed_at = now()
        WHERE key = $1 AND state = 'writing'`;
      await run(key, text, [key, size], "commit");
    },
    async find(key) {
      const [row] = await run(key, `SELECT ${COLUMNS} FROM objects.stored WHERE key = $1`, [key], "find");
      return row && rowOf(row);
    },
    async findAll(keys) {
      const text = `SELECT ${COLUMNS} FROM objects.stored WHERE key = ANY($1)`;
      return (await run("", text, [keys])).map(rowOf);
    },
    async markDeleting(place) {
      const set = "UPDATE objects.stored SET state = 'deleting', changed_at = now()";
      await run(place, `${set} WHERE ${whereOf(place)} AND state <> 'deleting'`, [place]);
    },
    async keepsDeleted() {
      const text = "SELECT NOT pg_try_advisory_xact_lock_shared($1) AS keeps";
      try {
        const { rows } = await pool.query<{ keeps: boolean }>(text, [BACKUP_LOCK]);
        return rows[0]?.keeps === true;
      } catch (cause) {
        throw new ObjectStoreError("", "The database did not answer for a stored file. Try again.", {
          cause,
        });
      }
    },
    async remove(place) {
      const which = place.endsWith("/") ? `${BELOW_PREFIX} AND state = 'deleting'` : "key = $1";
      await run(place, `DELETE FROM objects.stored WHERE ${which}`, [place]);
    },
    async changedBefore(time, { after, limit }) {
      const text = `SELECT ${COLUMNS} FROM objects.stored
        WHERE key > $1 AND (state = 'deleting' OR changed_at < $2) ORDER BY key LIMIT $3`;
      return (await run(after, text, [after, time, limit])).map(rowOf);
    },
    async wrappedByOthers(masterKeyId, { after, limit }) {
      const text = `SELECT ${COLUMNS} FROM objects.stored
        WHERE key > $1 AND master_key_id <> $2 ORDER BY key LIMIT $3`;
      return (await run(after, text, [after, masterKeyId, limit])).map(rowOf);
    },
    async rewrap(changes) {
      // Rows that somebody is changing just now are left to the next pass: a rotation waits for nobody's lock.
      const text = `WITH change AS (SELECT * FROM
            unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) AS c (key, old_id, id, wrapped)),
          free AS MATERIALIZED (SELECT s.key, c.id, c.wrapped FROM objects.stored s JOIN change c USING (key)
            WHERE s.master_key_id = c.old_id ORDER BY s.key FOR NO KEY UPDATE OF s SKIP LOCKED)
        UPDATE objects.stored s SET master_key_id = free.id, wrapped_key = free.wrapped
        FROM free WHERE s.key = free.key`;
      const values = [
        changes.map(({ key }) => key),
        changes.map(({ from }) => from),
        changes.map(({ to }) => to.masterKeyId),
        changes.map(({ to }) => Buffer.from(to.wrappedKey)),
      ];
      return (await execute("", text, values)).rowCount ?? 0;
    },
  };
}

function whereOf(place: string): string {
  return place.endsWith("/") ? BELOW_PREFIX : "key = $1";
}

function rowOf(row: StoredRow): ObjectRow {
  return {
    key: row.key,
    state: row.state,
    format: row.format,
    size: row.size,
    organizationId: row.organization_id,
    masterKeyId: row.master_key_id,
    noncePrefix: row.nonce_prefix,
    wrappedKey: row.wrapped_key,
    changedAt: row.changed_at,
  };
}
