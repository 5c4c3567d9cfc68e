import type pg from "pg";
import { MasterKeyMissingError, ObjectMissingError } from "../../platform/objects/errors.ts";
import type { ObjectRow } from "../../platform/objects/rows/objectRows.ts";
import type { SealedObjectsParts } from "../../platform/objects/sealing/sealedObjects.ts";
import { plainSize } from "../../platform/objects/sealing/sealedSegments.ts";
import { type ObjectVerdict, verifyObject } from "../../platform/objects/sealing/verifyObject.ts";
import { isSwept, sweptBefore } from "../sweep.ts";
import { forgetDamage, knownDamage, recordDamage } from "./damage.ts";
import type { Finding } from "./findings.ts";
import { type InventoryItem, inventory, objectAt, placesOf } from "./inventory.ts";
import { objectOwners, ownerOf, pagedRows, referencedPlaces, stillReferenced } from "./queries.ts";

export interface CheckObjectsDeps {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly sealing: SealedObjectsParts;
}

export interface CheckObjectsOptions {
  readonly nowMs: number;
  /** Looks at lengths and reads nothing. */
  readonly quick: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onFinding: (finding: Finding) => void;
  /** Told after each object. */
  readonly onObject: (bytesRead: number) => void;
}

/** Objects read at a time: of many small ones each waits for the store. */
const READ_AT_ONCE = 4;
const SUSPECTS_AT_ONCE = 500;
/** Not data: marks of master keys, which are proven at each start, and what `doctor` writes to try the store. */
const NOT_DATA = ["master_keys/", "doctor/"];

/** A key or place that looked wrong in passing, and how. */
interface Suspect {
  readonly place: string;
  readonly kind: "missing" | "orphan" | "deleting";
  readonly writtenAt?: Date | undefined;
}

/**
 * Every object is present, authentic and referred to, and every reference met. One pass over the store's list, the rows
 * and what refers to them, while everybody writes; what looks wrong in passing is looked at again by itself before it is
 * told. Memory: a page of each.
 */
export async function checkObjects(deps: CheckObjectsDeps, options: CheckObjectsOptions): Promise<void> {
  const { sealing, accountsPool } = deps;
  const known = await knownDamage(accountsPool);
  let suspects: Suspect[] = [];
  const reading = new Set<Promise<void>>();
  const failed: { error?: unknown } = {};
  const suspect = async (found: Suspect) => {
    if (suspects.push(found) < SUSPECTS_AT_ONCE) return;
    const full = suspects;
    suspects = [];
    await lookAgain(deps, options, full);
  };
  const items = inventory({
    rows: pagedRows(sealing.rows),
    entries: sealing.inner.list(""),
    places: referencedPlaces(accountsPool),
  });
  try {
    for await (const item of items) {
      options.signal?.throwIfAborted();
      if (failed.error !== undefined) throw failed.error;
      if ("unmet" in item) {
        await suspect({ kind: "missing", place: item.unmet });
        continue;
      }
      if (NOT_DATA.some((prefix) => item.key.startsWith(prefix))) continue;
      for (const found of suspicionsOf(item)) await suspect(found);
      if (item.entry === undefined) continue;
      const check = checkObject(deps, options, { item, known }).catch((error: unknown) => {
        failed.error ??= error;
      });
      reading.add(check);
      check.then(() => reading.delete(check));
      if (reading.size >= READ_AT_ONCE) await Promise.race(reading);
    }
  } finally {
    await Promise.all(reading);
  }
  if (failed.error !== undefined) throw failed.error;
  await lookAgain(deps, options, suspects);
  await forgetGone(deps, known);
}

/** What was damaged and has been deleted since. */
export async function forgetGone(
  { accountsPool, sealing }: CheckObjectsDeps,
  known: ReadonlySet<string>,
): Promise<void> {
  const wanted = await stillReferenced(accountsPool, [...known].flatMap(placesOf));
  for (const key of known) {
    if (placesOf(key).some((place) => wanted.has(place)) || (await sealing.inner.exists(key))) continue;
    await forgetDamage(accountsPool, [key]);
  }
}

function suspicionsOf({ key, row, entry, place }: InventoryItem): Suspect[] {
  if (place === undefined) {
    return [{ kind: "orphan", place: key, writtenAt: row?.changedAt ?? entry?.modifiedAt }];
  }
  return row?.state === "deleting" ? [{ kind: "deleting", place: key }] : [];
}

/** Of one object that the store has. `known`: those that were damaged before. */
async function checkObject(
  deps: CheckObjectsDeps,
  { quick, onFinding, onObject }: CheckObjectsOptions,
  { item, known }: { item: InventoryItem; known: ReadonlySet<string> },
): Promise<void> {
  const { key, entry } = item;
  const { rows, inner } = deps.sealing;
  if (quick) {
    const isRight = item.row?.size == null || plainSize(entry!.size, item.row.format) === item.row.size;
    onObject(0);
    if (isRight) return;
  }
  if (item.row !== undefined && item.row.state !== "committed" && item.place === undefined) return;
  try {
    const first = await verifyOrRefuse(deps, key, item.row);
    if (!quick) onObject(first.bytes);
    if (first.faults.length === 0 && first.lacksKey === null) return await forgetIfKnown(deps, known, key);
    // Deleted, rotated, or its row made, since its page was read.
    const row = await rows.find(key);
    if (row === undefined && (item.row !== undefined || item.place === undefined)) return;
    if (row?.state === "deleting" || !(await inner.exists(key))) return;
    await report(deps, key, { row, onFinding, verdict: await verifyOrRefuse(deps, key, row) });
  } catch (error) {
    if (!(error instanceof ObjectMissingError)) throw error;
  }
}

async function report(
  { accountsPool, sealing }: CheckObjectsDeps,
  key: string,
  part: { row: ObjectRow | undefined; onFinding: (finding: Finding) => void; verdict: Verdict },
): Promise<void> {
  const { faults, lacksKey } = part.verdict;
  if (faults.length === 0 && lacksKey === null) return;
  const { what, organizationId } = await ownerOf(accountsPool, key, part.row);
  const found = { key, organizationId, what };
  if (lacksKey !== null) {
    const words = `It needs master key ${lacksKey}, which is not in ${sealing.keyring.lookedIn}.`;
    part.onFinding({ ...found, kind: "no_key", words });
    return;
  }
  const words = `${faults.join("; ")}.`;
  await recordDamage(accountsPool, { key, fault: words, organizationId });
  part.onFinding({ ...found, kind: "damaged", words });
}

interface Verdict extends ObjectVerdict {
  /** The master key without which nothing is known of the object; null where it was read. */
  readonly lacksKey: string | null;
}

async function verifyOrRefuse(
  { sealing }: CheckObjectsDeps,
  key: string,
  row: ObjectRow | undefined,
): Promise<Verdict> {
  try {
    return { ...(await verifyObject(sealing, key, row)), lacksKey: null };
  } catch (error) {
    if (!(error instanceof MasterKeyMissingError)) throw error;
    return { bytes: 0, faults: [], lacksKey: error.masterKeyId };
  }
}

async function forgetIfKnown(
  { accountsPool }: CheckObjectsDeps,
  known: ReadonlySet<string>,
  key: string,
): Promise<void> {
  if (known.has(key)) await forgetDamage(accountsPool, [key]);
}

/** What was made, deleted or moved while the lists were read is no fault. */
async function lookAgain(
  { accountsPool, sealing }: CheckObjectsDeps,
  { nowMs, onFinding }: CheckObjectsOptions,
  suspects: readonly Suspect[],
): Promise<void> {
  if (suspects.length === 0) return;
  const places = suspects.flatMap(({ place }) => (place.endsWith("/") ? [place] : placesOf(place)));
  const wanted = await stillReferenced(accountsPool, places);
  const keys = suspects.map(({ place }) => objectAt(place));
  const rows = new Map((await sealing.rows.findAll(keys)).map((row) => [row.key, row]));
  const owners = await objectOwners(accountsPool, [...wanted]);
  for (const { place, kind, writtenAt } of suspects) {
    const key = objectAt(place);
    const row = rows.get(key);
    const at = (place.endsWith("/") ? [place] : placesOf(place)).find((each) => wanted.has(each));
    const owner = at === undefined ? undefined : owners.get(at);
    const organizationId = owner?.organizationId ?? row?.organizationId ?? null;
    const found = { key, organizationId, what: owner?.what ?? null };
    if (kind === "missing" && at !== undefined && !(await sealing.inner.exists(key))) {
      await recordDamage(accountsPool, { key, fault: "It is not there.", organizationId });
      onFinding({ ...found, kind, words: "It is not there." });
    } else if (kind === "deleting" && at !== undefined && row?.state === "deleting") {
      onFinding({ ...found, kind, words: "It is being deleted, and something still refers to it." });
    } else if (kind === "orphan" && at === undefined) {
      const isThere = await sealing.inner.exists(key);
      if (!isThere && row === undefined) continue;
      const isOld =
        row?.state === "deleting" || (row?.changedAt ?? writtenAt ?? new Date(nowMs)) < sweptBefore(nowMs);
      const isOurs = isSwept(key);
      const state = isOurs ? (isOld ? "orphan" : "young") : "foreign";
      onFinding({ ...found, kind: state, words: orphanWords[state] });
    }
  }
}

const orphanWords = {
  orphan: "Nothing refers to it; the sweep removes it.",
  young: "Nothing refers to it yet; it is too young to be judged.",
  foreign: "Nothing refers to it, and it lies where MagTrace keeps nothing; it is left alone.",
} as const;
