import { sql } from "kysely";
import type { Transaction } from "../platform/database/transaction.ts";
import { updateUnfinished } from "./queries.ts";

/** Its file is kept, and nothing reads it before the virus scanner has. */
export function markUnscanned(tx: Transaction, id: number, error: string): Promise<boolean> {
  return updateUnfinished(tx, id, sql`status = 'failed', scan_pending = true, error = ${error}`);
}

export function markScanned(tx: Transaction, id: number): Promise<boolean> {
  return updateUnfinished(tx, id, sql`scan_pending = false`);
}

/** Its file is not kept. */
export function markInfected(tx: Transaction, id: number, error: string): Promise<boolean> {
  return updateUnfinished(tx, id, sql`status = 'failed', original_key = NULL, error = ${error}`);
}
