import { sql } from "kysely";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import type { Transaction } from "../platform/database/transaction.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** What an organisation's objects take and may take, bytes. */
export interface Storage {
  readonly used: number;
  /** What uploads under way will bring yet. */
  readonly promised: number;
  readonly storage_limit: number | null;
  readonly large_uploads: boolean;
}

/** Of an organisation the asker is in. */
export async function readStorage(tx: Transaction, organizationId: number): Promise<Storage> {
  return tx.one<Storage>(sql`SELECT * FROM organization_storage(${organizationId})`);
}

/**
 * Refuses what the organisation has no room for.
 *
 * @param storage What the organisation has.
 * @param wanted `bytes`: its length; `isStored` once all of it has come and is counted.
 * @throws {AppError} over_quota
 */
export function requireQuota(
  config: Pick<Config, "STORAGE_MAX_GIB">,
  storage: Storage,
  wanted: { readonly bytes: number; readonly isStored?: boolean },
): void {
  const { bytes, isStored = false } = wanted;
  const { promised, storage_limit } = storage;
  const used = isStored ? Math.max(0, storage.used - bytes) : storage.used;
  const limit = storage_limit ?? (config.STORAGE_MAX_GIB === 0 ? null : config.STORAGE_MAX_GIB * GIB);
  if (limit === null || used + promised + bytes <= limit) return;
  const underWay = promised === 0 ? "" : ` and uploads under way will take ${inWords(promised)} more`;
  throw new AppError(
    "over_quota",
    `This organisation stores ${inWords(used)} of the ${inWords(limit)} it may${underWay}: there is no room for ${inWords(bytes)}. Delete datasets or projects, or ask an administrator for more.`,
    { details: { used_bytes: used, promised_bytes: promised, limit_bytes: limit, bytes } },
  );
}

function inWords(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`;
  if (bytes >= MIB) return `${(bytes / MIB).toFixed(1)} MiB`;
  if (bytes >= KIB) return `${(bytes / KIB).toFixed(1)} KiB`;
  return `${bytes} bytes`;
}
