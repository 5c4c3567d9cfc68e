import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryFiles } from "../../../../packages/series/test/memoryFiles.ts";
import { SpilledRuns } from "./spilledRuns.ts";

/** Adds rows 0 … rows − 1 to sensors in turn, a few at a time, and reads them all back. */
async function roundTrip(
  rows: number,
  sensors: number,
  budgetBytes: number,
): Promise<{ files: number; open: number }> {
  const scratch = memoryFiles(4096);
  const spill = new SpilledRuns(scratch, 2, budgetBytes);
  for (let start = 0, turn = 0; start < rows; turn++) {
    const end = Math.min(start + 1 + (turn % 5), rows);
    const indices = Float64Array.from({ length: end - start }, (_, i) => start + i);
    await spill.add(
      turn % sensors,
      [indices, indices.map((value) => value + (turn % sensors) / 16)],
      0,
      end - start,
    );
    start = end;
  }
  let total = 0;
  for (let sensor = 0; sensor < sensors; sensor++) {
    let last = -1;
    for await (const { rows: count, arrays } of spill.rowsOf(sensor)) {
      for (let i = 0; i < count; i++) {
        assert.ok(arrays[0][i] > last);
        last = arrays[0][i];
        assert.equal(arrays[1][i], last + sensor / 16);
      }
      total += count;
    }
  }
  assert.equal(total, rows);
  await spill.close();
  return { files: scratch.files.size, open: scratch.open.size };
}

test("rows within the budget never leave memory", async () => {
  assert.deepEqual(await roundTrip(5000, 3, 1 << 20), { files: 0, open: 0 });
});

test("rows beyond the budget go through one scratch file and come back in order", async () => {
  assert.deepEqual(await roundTrip(20000, 3, 10000), { files: 1, open: 0 });
  assert.deepEqual(await roundTrip(20000, 50, 1), { files: 1, open: 0 });
});

test("closing early drops the scratch file", async () => {
  const scratch = memoryFiles();
  const spill = new SpilledRuns(scratch, 1, 1);
  await spill.add(0, [Float64Array.of(1, 2)], 0, 2);
  assert.equal(scratch.open.size, 1);
  await spill.close();
  assert.equal(scratch.open.size, 0);
  assert.equal(scratch.files.size, 0);
});
