import type { Log } from "../../platform/logs/log.ts";
import { MasterKeyMissingError, ObjectMissingError } from "../../platform/objects/errors.ts";
import type { ObjectRow } from "../../platform/objects/rows/objectRows.ts";
import { verifyObject } from "../../platform/objects/sealing/verifyObject.ts";
import type { CheckObjectsDeps } from "./checkObjects.ts";
import { forgetDamage, recordDamage } from "./damage.ts";
import { placesOf } from "./inventory.ts";
import { ownerOf, stillReferenced } from "./queries.ts";
import type { DamagedObject } from "./tellOfDamage.ts";

export interface LookDeps extends CheckObjectsDeps {
  readonly log: Log;
}

/**
 * Reads one object whole, and records what is damaged.
 *
 * @param known Keys of objects that are recorded as damaged already.
 * @returns null where all is well, or it is known.
 */
export async function lookAtObject(
  deps: LookDeps,
  row: ObjectRow,
  known: ReadonlySet<string>,
): Promise<DamagedObject | null> {
  const { key } = row;
  const faults = await faultsOf(deps, row);
  if (faults.length === 0) {
    if (known.has(key)) await forgetDamage(deps.accountsPool, [key]);
    return null;
  }
  // Deleted while it was read.
  const now = await deps.sealing.rows.find(key);
  if (now?.state !== "committed") return null;
  const { what, organizationId } = await ownerOf(deps.accountsPool, key, row);
  const fault = `${faults.join("; ")}.`;
  const isNew = await recordDamage(deps.accountsPool, { key, fault, organizationId });
  deps.log.error({ object_key: key, fault, organization_id: organizationId }, "a stored file is damaged");
  return isNew ? { key, fault, organizationId, what } : null;
}

async function faultsOf(
  { sealing, accountsPool, log }: LookDeps,
  row: ObjectRow,
): Promise<readonly string[]> {
  try {
    return (await verifyObject(sealing, row.key, row)).faults;
  } catch (error) {
    if (error instanceof MasterKeyMissingError) {
      log.error({ object_key: row.key, master_key: error.masterKeyId }, "a master key is missing");
      return [];
    }
    if (!(error instanceof ObjectMissingError)) throw error;
    // What nothing refers to is the sweep's.
    return (await stillReferenced(accountsPool, placesOf(row.key))).size > 0 ? ["it is not there"] : [];
  }
}
