import { forgetUnreadable, listUnreadable } from "../../platform/objects/rows/unreadable.ts";
import { knownDamage } from "./damage.ts";
import { lookAtObject } from "./lookAtObject.ts";
import type { ScrubDeps } from "./scrub.ts";
import { type DamagedObject, tellOfDamage } from "./tellOfDamage.ts";

/** At one turn: the others have theirs some minutes later. */
const MOST_AT_ONCE = 20;

/**
 * Reads whole what somebody could not read, and tells of what is damaged indeed. What was deleted meanwhile is
 * forgotten. What cannot be looked at now, as while the store is away, is kept for the next turn.
 *
 * @returns How many objects were found damaged that were not known to be.
 */
export async function lookAtUnreadable(deps: ScrubDeps, signal?: AbortSignal): Promise<number> {
  const { accountsPool, sealing, log } = deps;
  const known = await knownDamage(accountsPool);
  const found: DamagedObject[] = [];
  const looked: string[] = [];
  for (const key of await listUnreadable(accountsPool, MOST_AT_ONCE)) {
    if (signal?.aborted) break;
    try {
      const row = await sealing.rows.find(key);
      const damage = row?.state === "committed" ? await lookAtObject(deps, row, known) : null;
      if (damage !== null) found.push(damage);
      looked.push(key);
    } catch (error) {
      log.warn({ err: error, object_key: key }, "an unreadable file could not be looked at yet");
    }
  }
  // Told before it is forgotten that somebody has to look.
  await tellOfDamage(deps, found);
  await forgetUnreadable(accountsPool, looked);
  return found.length;
}
