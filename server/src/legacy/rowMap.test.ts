import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ReadingTable } from "./readingTable.ts";
import { mapRows, type RowMap } from "./rowMap.ts";

/** A table whose rows are of these sensors; null is a row that was left out. */
function tableOf(sensors: readonly (string | null)[]): ReadingTable {
  const kept = sensors.flatMap((sensor, index) =>
    sensor === null ? [] : [{ index, id: index + 1, time: "", sensor, line: "" }],
  );
  return { total: sensors.length, kept, refused: [], incomplete: [] };
}

/** One track after the other, in the order in which sensors appear. */
function tracksOf(sensors: readonly (string | null)[]) {
  let next = 0;
  return [...Map.groupBy(sensors, (sensor) => sensor)].flatMap(([sensor_id, { length }]) => {
    if (sensor_id === null) return [];
    const start_index = next;
    next += length;
    return [{ sensor_id, start_index, end_index: next - 1 }];
  });
}

function mapOf(sensors: readonly (string | null)[], isReversed = false): RowMap {
  const rows = mapRows(tableOf(sensors), tracksOf(sensors), isReversed);
  assert.ok(typeof rows !== "string", String(rows));
  return rows;
}

test("rows of one sensor stay where they were", () => {
  assert.deepEqual(mapOf(["A", "A", "A"]).ranges({ start: 1, end: 2 }), [{ start: 1, end: 2 }]);
});

test("a range over interleaved sensors is one range of each", () => {
  const rows = mapOf(["A", "B", "A", "B"]);
  assert.deepEqual(rows.ranges({ start: 0, end: 2 }), [
    { start: 0, end: 1 },
    { start: 2, end: 2 },
  ]);
});

test("rows that were left out close up, and a range of them alone is none", () => {
  const rows = mapOf(["A", null, null, "A", "A"]);
  assert.deepEqual(rows.ranges({ start: 0, end: 3 }), [{ start: 0, end: 1 }]);
  assert.deepEqual(rows.ranges({ start: 1, end: 2 }), []);
});

test("where the file was turned round, so are the ranges", () => {
  assert.deepEqual(mapOf(["A", "A", "A", "A"], true).ranges({ start: 0, end: 1 }), [{ start: 2, end: 3 }]);
});

test("without its tracks as expected nobody can say where rows are", () => {
  const tracks = [{ sensor_id: "A", start_index: 0, end_index: 2 }];
  assert.match(String(mapRows(tableOf(["A", "A"]), tracks, false)), /there are 3 rows here and 2 in the old/);
});

test("each row that was kept is in the ranges of what covered it, and no other is", () => {
  const sensors = fc.array(fc.constantFrom("A", "B", "C", null), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sensors, fc.nat(39), fc.nat(39), fc.boolean(), (all, a, b, isReversed) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)].map((at) => Math.min(at, all.length - 1));
      const rows = mapOf(all, isReversed);
      const covered = rows.ranges({ start: start!, end: end! }).flatMap(({ start, end }) => {
        return Array.from({ length: end - start + 1 }, (_, i) => start + i);
      });
      const kept = all.flatMap((sensor, i) => (sensor !== null && i >= start! && i <= end! ? [i] : []));
      assert.equal(covered.length, kept.length);
      // Rows of a track are those of its sensor, in their order.
      const tracks = tracksOf(all);
      const sensorOf = (row: number) =>
        tracks.find(({ start_index, end_index }) => row >= start_index && row <= end_index)?.sensor_id;
      assert.deepEqual(covered.map(sensorOf).sort(), kept.map((i) => all[i]).sort());
    }),
  );
});
