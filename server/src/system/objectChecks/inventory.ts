import type { ObjectRow } from "../../platform/objects/rows/objectRows.ts";
import type { ObjectEntry } from "../../platform/objects/types.ts";

/** One key, and what is known of it. */
export interface InventoryItem {
  readonly key: string;
  readonly row?: ObjectRow | undefined;
  readonly entry?: ObjectEntry | undefined;
  /** The key itself or the prefix it lies under, where something refers to it. */
  readonly place?: string | undefined;
}

/** A place that something refers to and at which there is no object. */
export interface UnmetPlace {
  readonly unmet: string;
}

/** The file of a series without which there are no readings. */
const BASE = "base.arrow";

/** The object that a place cannot do without. */
export function objectAt(place: string): string {
  return place.endsWith("/") ? place + BASE : place;
}

/** The places at which a row may speak of an object. */
export function placesOf(key: string): string[] {
  return [key, key.slice(0, key.lastIndexOf("/") + 1)];
}

interface Sorted<T> {
  head: T | undefined;
  next(): Promise<void>;
}

/**
 * Brings together, in one pass, rows, the store's list and what is referred to, each in order of bytes. Nothing is kept
 * but one page of each. The three are read while others write: whatever looks wrong here has to be looked at again.
 */
export async function* inventory(parts: {
  rows: AsyncIterable<ObjectRow>;
  entries: AsyncIterable<ObjectEntry>;
  places: AsyncIterable<string>;
}): AsyncGenerator<InventoryItem | UnmetPlace> {
  const [rows, entries, places] = await Promise.all([
    sorted(parts.rows),
    sorted(parts.entries),
    sorted(parts.places),
  ]);
  /** Prefixes that the present key may lie under, the innermost last. */
  const prefixes: { place: string; met: boolean }[] = [];
  for (;;) {
    const key = least(rows.head?.key, entries.head?.key);
    while (places.head !== undefined && (key === undefined || places.head <= key)) {
      const place = places.head;
      await places.next();
      if (place.endsWith("/")) prefixes.push({ place, met: false });
      else if (place !== key) yield { unmet: place };
      else if (entries.head?.key !== key) yield { unmet: place };
      if (place === key) prefixes.push({ place, met: true });
    }
    // Of those that ended before this key, in any order.
    for (let at = prefixes.length - 1; at >= 0; at -= 1) {
      const { place, met } = prefixes[at];
      if (key?.startsWith(place)) continue;
      prefixes.splice(at, 1);
      if (!met) yield { unmet: place };
    }
    if (key === undefined) return;
    const row = rows.head?.key === key ? rows.head : undefined;
    const entry = entries.head?.key === key ? entries.head : undefined;
    const folder = key.slice(0, key.lastIndexOf("/") + 1);
    const covering = prefixes.find(({ place }) => place === key || place === folder);
    if (covering !== undefined && entry !== undefined && objectAt(covering.place) === key)
      covering.met = true;
    yield { key, row, entry, place: covering?.place };
    if (row !== undefined) await rows.next();
    if (entry !== undefined) await entries.next();
  }
}

function least(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

async function sorted<T>(source: AsyncIterable<T>): Promise<Sorted<T>> {
  const items = source[Symbol.asyncIterator]();
  const stream: Sorted<T> = {
    head: undefined,
    async next() {
      const { done, value } = await items.next();
      stream.head = done ? undefined : value;
    },
  };
  await stream.next();
  return stream;
}
