import type pg from "pg";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { createPool } from "../platform/database/pool.ts";
import { givenMasterKeys } from "../platform/objects/masterKeySource.ts";
import { keyHolders, objectsByMasterKey } from "../platform/objects/rows/keyHolders.ts";
import { listDamage } from "../system/objectChecks/damage.ts";

const MOST_LISTED = 20;

/** The master keys that rows need are here, and in every running process. */
export async function checkKeysOfObjects(config: Config, accountsUrl: string): Promise<void> {
  const keyring = await givenMasterKeys(config);
  await withPool(accountsUrl, async (pool) => {
    for (const [id, objects] of await objectsByMasterKey(pool)) {
      if (keyring.byId.has(id)) continue;
      throw new AppError(
        "missing_master_key",
        `${objects} objects need master key ${id}, which is not in ${keyring.lookedIn}. Restore it from your copy and add it after the current one.`,
      );
    }
    for (const { process, lookedIn, fault } of await keyHolders(pool)) {
      if (fault === null) continue;
      throw new AppError("invalid_config", `${process} did not take the keys in ${lookedIn}: ${fault}`);
    }
  });
}

/** What `fsck`, or a check by itself, found damaged and nobody has found whole since. */
export async function checkDamage(accountsUrl: string): Promise<void> {
  const { damages, total } = await withPool(accountsUrl, (pool) => listDamage(pool, MOST_LISTED));
  if (total === 0) return;
  const listed = damages.map(({ key, fault, foundAt }) => `${key} (${foundAt.toISOString()}): ${fault}`);
  throw new AppError(
    "damaged_object",
    `${total} are damaged or missing. Restore them from a backup, then run \`magtrace fsck\`. ${listed.join(" ")}`,
  );
}

async function withPool<T>(url: string, work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = createPool({ url, size: 1, name: "magtrace doctor" });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}
