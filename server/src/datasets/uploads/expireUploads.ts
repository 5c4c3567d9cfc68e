import type pg from "pg";
import type { Log } from "../../platform/logs/log.ts";
import type { ObjectStore } from "../../platform/objects/types.ts";
import { partsHome } from "./uploads.ts";

export interface ExpireDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly objects: ObjectStore;
  readonly log: Log;
  readonly keepHours: number;
}

/** Forgets uploads of which nothing more came, with their parts. @returns how many there were. */
export async function expireUploads(
  { accountsPool, objects, log, keepHours }: ExpireDeps,
  nowMs: number,
): Promise<number> {
  const untouchedSince = new Date(nowMs - keepHours * 3_600_000);
  const { rows } = await accountsPool.query<{ id: number }>(
    "SELECT id FROM magtrace.expire_uploads($1) AS id",
    [untouchedSince],
  );
  for (const { id } of rows) await objects.deletePrefix(partsHome(id));
  if (rows.length > 0) log.info({ expired: rows.length }, "resumable uploads expired");
  return rows.length;
}
