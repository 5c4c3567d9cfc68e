import { forgetUnreadable, listUnreadable } from "../../platform/objects/rows/unreadable.ts";
import { knownDamage } from "./damage.ts";
import { lookAtObject } from "./lookAtObject.ts";
import type { ScrubDeps } from "./scrub.ts";
import { type DamagedObject, tellOfDamage } from "./tellOfDamage.ts";

/** At one turn: the others have theirs some minutes later. */
const MOST_AT_ONCE = 20;

/**
 * Reads whole what somebody could not read, and tells of what is damaged indeed. What was deleted meanwhile is
 * forgotten.
 *
 * @returns How many objects were found damaged that were not known to be.
 */
export async function lookAtUnreadable(deps: ScrubDeps, signal?: AbortSignal): Promise<number> {
  const { accountsPool, sealing } = deps;
  const keys = await listUnreadable(accountsPool, MOST_AT_ONCE);
  if (keys.length === 0) return 0;
  const known = await knownDamage(accountsPool);
  const found: DamagedObject[] = [];
  for (const key of keys) {
    signal?.throwIfAborted();
    const row = await sealing.rows.find(key);
    const damage = row?.state === "committed" ? await lookAtObject(deps, row, known) : null;
    if (damage !== null) found.push(damage);
    await forgetUnreadable(accountsPool, key);
  }
  await tellOfDamage(deps, found);
  return found.length;
}
