import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ObjectRow } from "../../platform/objects/rows/objectRows.ts";
import type { ObjectEntry } from "../../platform/objects/types.ts";
import { inventory, objectAt } from "./inventory.ts";

async function* inOrder<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

const sorted = (keys: Iterable<string>) => [...new Set(keys)].sort((a, b) => (a < b ? -1 : 1));

function inventoryOf(rows: readonly string[], entries: readonly string[], places: readonly string[]) {
  const row = (key: string) => ({ key }) as ObjectRow;
  const entry = (key: string): ObjectEntry => ({ key, size: 1, modifiedAt: new Date(0) });
  return Array.fromAsync(
    inventory({
      rows: inOrder(sorted(rows).map(row)),
      entries: inOrder(sorted(entries).map(entry)),
      places: inOrder(sorted(places)),
    }),
  );
}

const key = fc
  .array(fc.constantFrom("a", "b", "a1", "base.arrow"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));
const place = fc.oneof(
  key,
  key.map((text) => `${text}/`),
);

test("one pass finds what a look-up of every key by itself finds", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(key), fc.array(key), fc.array(place), async (rows, entries, places) => {
      const items = await inventoryOf(rows, entries, places);
      const wanted = new Set(places);
      const folderOf = (each: string) => each.slice(0, each.lastIndexOf("/") + 1);
      const expected = sorted([...rows, ...entries]).map((each) => ({
        key: each,
        row: rows.includes(each),
        entry: entries.includes(each),
        referred: wanted.has(each) || wanted.has(folderOf(each)),
      }));
      const found = items.flatMap((item) =>
        "unmet" in item
          ? []
          : [
              {
                key: item.key,
                row: item.row !== undefined,
                entry: item.entry !== undefined,
                referred: item.place !== undefined,
              },
            ],
      );
      assert.deepEqual(found, expected);
      const unmet = items.flatMap((item) => ("unmet" in item ? [item.unmet] : []));
      assert.deepEqual(
        unmet.toSorted(),
        sorted(places)
          .filter((each) => !entries.includes(objectAt(each)))
          .toSorted(),
      );
    }),
  );
});
