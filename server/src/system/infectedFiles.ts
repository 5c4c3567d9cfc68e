import type pg from "pg";
import type { ObjectStore } from "../platform/objects/types.ts";

/** A file that was refused because the virus scanner found something in it. */
export interface InfectedFileRecord {
  readonly id: number;
  readonly organizationId: number;
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly found: string;
  readonly uploadedBy: number | null;
  readonly foundAt: Date;
  /** Null where no sample is kept, or no longer. */
  readonly sampleKey: string | null;
}

const COLUMNS = `id, organization_id AS "organizationId", file_name AS "fileName", bytes, sha256, found,
  uploaded_by AS "uploadedBy", found_at AS "foundAt", sample_key AS "sampleKey"`;
const MOST_LISTED = 1_000;

/** The newest first. */
export async function infectedFiles(accountsPool: pg.Pool): Promise<InfectedFileRecord[]> {
  const { rows } = await accountsPool.query<InfectedFileRecord>(
    `SELECT ${COLUMNS} FROM objects.infected_files ORDER BY id DESC LIMIT ${MOST_LISTED}`,
  );
  return rows;
}

export async function infectedFile(
  accountsPool: pg.Pool,
  id: number,
): Promise<InfectedFileRecord | undefined> {
  const { rows } = await accountsPool.query<InfectedFileRecord>(
    `SELECT ${COLUMNS} FROM objects.infected_files WHERE id = $1`,
    [id],
  );
  return rows[0];
}

const KEPT_DAYS = 30;
const DAY_MS = 86_400_000;

/** Samples are for whoever looks into what happened, and not for ever. One that a crash leaves is an orphan then. */
export async function forgetSamples(
  { accountsPool, objects }: { readonly accountsPool: pg.Pool; readonly objects: ObjectStore },
  nowMs: number,
): Promise<void> {
  const { rows } = await accountsPool.query<{ key: string }>(
    "SELECT key FROM objects.forget_samples($1) AS key",
    [new Date(nowMs - KEPT_DAYS * DAY_MS)],
  );
  for (const { key } of rows) await objects.delete(key);
}
