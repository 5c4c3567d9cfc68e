import type { Log } from "../../platform/logs/log.ts";
import { MasterKeyMissingError, ObjectMissingError } from "../../platform/objects/errors.ts";
import type { ObjectRow } from "../../platform/objects/rows/objectRows.ts";
import { verifyObject } from "../../platform/objects/sealing/verifyObject.ts";
import { type CheckObjectsDeps, forgetGone } from "./checkObjects.ts";
import { forgetDamage, listDamage, recordDamage } from "./damage.ts";
import { placesOf } from "./inventory.ts";
import { ownerOf, pagedRows, stillReferenced } from "./queries.ts";
import { bytesStored, endRound, readScrub, writeScrub } from "./scrubQueries.ts";
import { type DamagedObject, type DamageListeners, tellOfDamage } from "./tellOfDamage.ts";

export interface ScrubDeps extends CheckObjectsDeps, DamageListeners {
  readonly log: Log;
}

export interface ScrubReport {
  readonly objects: number;
  readonly bytes: number;
  /** Found damaged or missing, and not known before. */
  readonly damaged: number;
}

/** How often it is written down how far the scrub is; a killed one reads the last part again. */
const WRITE_EVERY_BYTES = 256 * 1024 * 1024;
const WRITE_EVERY_OBJECTS = 200;
const MOST_KNOWN = 10_000;

/**
 * Reads a share of all stored bytes, going on where the last scrub ended, and tells of what is damaged: the log, the
 * security log, and the administrators of the organisation whose it is. Ends where a round ends; the next begins anew.
 */
export async function scrub(
  deps: ScrubDeps,
  { percent, signal }: { percent: number; signal?: AbortSignal | undefined },
): Promise<ScrubReport> {
  const done = { objects: 0, bytes: 0 };
  if (percent === 0) return { ...done, damaged: 0 };
  const { accountsPool, sealing, log } = deps;
  const known = new Set((await listDamage(accountsPool, MOST_KNOWN)).damages.map(({ key }) => key));
  const budget = Math.max(1, ((await bytesStored(accountsPool)) * percent) / 100);
  const { afterKey } = await readScrub(accountsPool);
  let untold: DamagedObject[] = [];
  let damaged = 0;
  let written = { ...done };
  const tell = async () => {
    const found = untold;
    untold = [];
    await tellOfDamage(deps, found);
  };
  const writeDown = async (afterNow: string) => {
    await tell();
    const more = { objects: done.objects - written.objects, bytes: done.bytes - written.bytes };
    await writeScrub(accountsPool, { afterKey: afterNow, ...more });
    written = { ...done };
  };
  let isWhole = true;
  let last = afterKey;
  for await (const row of pagedRows(sealing.rows, undefined, afterKey)) {
    signal?.throwIfAborted();
    // Asked before the next one is read, so that a share that ends with the last object ends the round.
    if (done.bytes >= budget) {
      isWhole = false;
      await writeDown(last);
      break;
    }
    const damage = row.state === "committed" ? await lookAt(deps, row, known) : null;
    if (damage !== null) {
      untold.push(damage);
      damaged += 1;
    }
    last = row.key;
    done.objects += 1;
    done.bytes += row.size ?? 0;
    const isFar =
      done.bytes - written.bytes >= WRITE_EVERY_BYTES ||
      done.objects - written.objects >= WRITE_EVERY_OBJECTS;
    if (isFar) await writeDown(last);
  }
  if (isWhole) await endRound(accountsPool);
  await forgetGone(deps, known);
  await tell();
  const report = { ...done, damaged };
  log.info({ ...report, round_ended: isWhole }, "scrub finished");
  return report;
}

/** Null where all is well, or it is known. */
async function lookAt(
  deps: ScrubDeps,
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
  { sealing, accountsPool, log }: ScrubDeps,
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
