import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Dataset, Project } from "@magtrace/contracts";
import { spawnWorker } from "../support/spawnWorker.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

const ROWS = 600_000;

function surveyCsv(): Uint8Array {
  const lines = ["timestamp_pc,b_x,b_y,b_z"];
  const start = Date.UTC(2026, 4, 1);
  for (let row = 0; row < ROWS; row++) {
    lines.push(
      `${new Date(start + row * 10).toISOString()},${20_000 + (row % 977)},${-row % 1013},${43_000 + (row % 31)}`,
    );
  }
  return Buffer.from(lines.join("\n"));
}

test("a worker killed while it reads a file loses nothing: the next one reads it whole", async (t) => {
  const installation = await startTestInstallation(t, { UPLOAD_WAIT_SECONDS: "0" });
  await installation.stopWorker();
  const owner = await installation.addUser({ name: "ada", organization: "North" });
  const project = (await owner.call<Project>("POST", "/api/projects/", { name: "p" })).body;
  const upload = await owner.upload<Dataset>(project.id, { name: "survey.csv", bytes: surveyCsv() });
  assert.equal(upload.status, 202);
  const read = async () => (await owner.call<Dataset>("GET", `/api/datasets/${upload.body.id}/`)).body;

  const first = spawnWorker(t, installation.config);
  for (let state = await read(); state.progress < 5; state = await read()) {
    assert.notEqual(state.status, "completed", "the file was read before it could be interrupted");
    await delay(10);
  }
  await first.kill();
  const interrupted = await read();
  assert.equal(interrupted.status, "running");

  spawnWorker(t, installation.config);
  const until = performance.now() + 180_000;
  let state = await read();
  while (state.status === "running" && performance.now() < until) {
    await delay(200);
    state = await read();
  }
  assert.equal(state.status, "completed");
  assert.equal(state.total_records, ROWS);
  const { body } = await owner.call<{ index: number; b_x: number }[]>(
    "GET",
    `/api/datasets/${state.id}/data/?start_index=${ROWS - 2}&max_points=2&channels=b_x`,
  );
  assert.deepEqual(
    body.map(({ index, b_x }) => [index, b_x]),
    [ROWS - 2, ROWS - 1].map((row) => [row, 20_000 + (row % 977)]),
  );
});
