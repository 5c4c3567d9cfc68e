import type { Config } from "../../config.ts";
import { securityLogOf } from "../../platform/logs/securityLog.ts";
import type { Platform } from "../../platform/openPlatform.ts";
import { forgetGone } from "./checkObjects.ts";
import { knownDamage } from "./damage.ts";
import { type LookDeps, lookAtObject } from "./lookAtObject.ts";
import { pagedRows } from "./queries.ts";
import { bytesStored, endRound, readScrub, writeScrub } from "./scrubQueries.ts";
import { type DamagedObject, type DamageListeners, tellOfDamage } from "./tellOfDamage.ts";

export interface ScrubDeps extends LookDeps, DamageListeners {}

export function scrubDepsOf({ deps, accountsPool, sealing }: Platform, config: Config): ScrubDeps {
  const { log, mail } = deps;
  const securityLog = securityLogOf(config);
  return { accountsPool, sealing, log, mail, securityLog, publicUrl: config.PUBLIC_URL };
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
  const known = await knownDamage(accountsPool);
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
    const damage = row.state === "committed" ? await lookAtObject(deps, row, known) : null;
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
