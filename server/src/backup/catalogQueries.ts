import type pg from "pg";
import type { DumpSequence, DumpTable } from "./dump.ts";
import type { UserReference } from "./oneOrganization.ts";

/** Everything MagTrace has in a database lies in these. A test compares them with what migrations make. */
export const SCHEMAS = ["accounts", "magtrace", "access", "audit", "objects", "retention", "pgboss"] as const;

const IN_SCHEMAS = "n.nspname = ANY ($1::text[])";

/** So that COPY writes values the same wherever it runs, and rows in the order in which they lie. */
export const STEADY_TEXT = `
  SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8';
  SET LOCAL synchronize_seqscans = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_indexonlyscan = off;
  SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = off;`;

/** Every table, after those that its rows refer to. Partitions are part of theirs; generated columns make themselves. */
export async function tablesInOrder(client: pg.ClientBase): Promise<DumpTable[]> {
  const { rows } = await client.query<DumpTable & { oid: number; needs: number[] }>(
    `SELECT c.oid::integer AS oid, n.nspname AS schema, c.relname AS name,
       ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
         AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns,
       ARRAY(SELECT DISTINCT f.confrelid::integer FROM pg_constraint f
         WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS needs
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${IN_SCHEMAS}
     ORDER BY n.nspname, c.relname`,
    [SCHEMAS],
  );
  const ordered: DumpTable[] = [];
  const placed = new Set<number>();
  const waiting = [...rows];
  while (waiting.length > 0) {
    const at = waiting.findIndex(({ needs }) => needs.every((oid) => placed.has(oid)));
    if (at < 0)
      throw new Error(`tables refer to one another in a circle: ${waiting.map(({ name }) => name)}`);
    const [{ oid, schema, name, columns }] = waiting.splice(at, 1) as [(typeof rows)[number]];
    placed.add(oid);
    ordered.push({ schema, name, columns });
  }
  return ordered;
}

/** Values go on while they are read, and never back: no number is given twice. */
export async function sequences(client: pg.ClientBase): Promise<DumpSequence[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'S' AND ${IN_SCHEMAS} ORDER BY 1, 2`,
    [SCHEMAS],
  );
  const found: DumpSequence[] = [];
  for (const { schema, name } of rows) {
    const { rows: values } = await client.query<{ last_value: number; is_called: boolean }>(
      `SELECT last_value, is_called FROM "${schema}"."${name}"`,
    );
    const { last_value, is_called } = values[0]!;
    found.push({ schema, name, lastValue: Number(last_value), isCalled: is_called });
  }
  return found;
}

/** The first moment of each month that the audit has a partition for. */
export async function auditMonths(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ month: string }>(
    `SELECT replace(right(c.relname, 7), '_', '-') || '-01T00:00:00Z' AS month FROM pg_inherits i
     JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('audit.entries') ORDER BY 1`,
  );
  return rows.map(({ month }) => month);
}

export async function appliedMigrations(client: pg.ClientBase): Promise<{ name: string; sha256: string }[]> {
  const text = "SELECT name, sha256 FROM public.magtrace_migrations ORDER BY name";
  return (await client.query<{ name: string; sha256: string }>(text)).rows;
}

/** Object keys that rows speak of, with what tells the bytes of one from those of another; in order of key. */
export const PLANNED_OBJECTS = `
  SELECT s.key, encode(s.nonce_prefix, 'hex'), s.master_key_id FROM objects.stored s WHERE s.state <> 'deleting' AND (
    s.key IN (SELECT place FROM magtrace.referenced_objects())
    OR regexp_replace(s.key, '[^/]*$', '') IN (SELECT place FROM magtrace.referenced_objects()))
  ORDER BY s.key`;

/** Places that rows speak of and of whose objects not all have rows: of versions before objects had rows. */
export async function placesWithoutRows(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ place: string }>(
    `SELECT DISTINCT r.place FROM magtrace.referenced_objects() r
     WHERE NOT EXISTS (SELECT FROM objects.stored s WHERE s.key = r.place)
       AND NOT EXISTS (SELECT FROM objects.stored s
         WHERE r.place LIKE '%/' AND s.key > r.place AND s.key < rtrim(r.place, '/') || '0' AND s.format = 2)
     ORDER BY 1`,
  );
  return rows.map(({ place }) => place);
}

/** Columns that name a user, and what happens to their rows when the user is deleted. */
export async function userReferences(client: pg.ClientBase): Promise<UserReference[]> {
  const { rows } = await client.query<UserReference>(
    `SELECT n.nspname || '.' || c.relname AS table, a.attname AS column,
       CASE f.confdeltype WHEN 'n' THEN 'set null' ELSE 'cascade' END AS "onDelete"
     FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = f.conkey[1]
     WHERE f.contype = 'f' AND f.confrelid = 'accounts.users'::regclass AND f.conparentid = 0`,
  );
  return rows;
}
