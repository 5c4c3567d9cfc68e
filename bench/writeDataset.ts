import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { createSeriesWriter } from "@magtrace/series";
import { readConfig } from "../server/src/config.ts";
import { createPool } from "../server/src/platform/database/pool.ts";
import { connectEmbedded } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import type { ObjectStore } from "../server/src/platform/objects/types.ts";
import { openPlatform } from "../server/src/platform/openPlatform.ts";
import type { BenchInstallation } from "./installation.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";

const CHANNELS = ["b_x", "b_y", "b_z", "b"];
const CHUNK_ROWS = 65_536;
const START_US = Date.UTC(2026, 4, 1, 12) * 1000;
const STEP_US = 10_000;

/**
 * A dataset of so many readings, its series written past upload and ingest: 10^8 readings take a minute and 6 GB. A
 * small upload makes the row, which then is given the larger series.
 */
export async function writeDataset(installation: BenchInstallation, rows: number): Promise<number> {
  const ownerUrl = await connectEmbedded(installation.dataDir);
  assert.ok(ownerUrl !== null, "the installation's database does not run");
  const chunks = syntheticCsv({ rows: 1_000, columns: "field" });
  const { id } = await uploadStream({ ...installation, name: `${rows}.csv`, chunks });
  const config = readConfig({
    MAGTRACE_DATA_DIR: installation.dataDir,
    DATABASE_URL: ownerUrl,
    LOG_LEVEL: "fatal",
  });
  const platform = await openPlatform(config, "bench");
  const owner = createPool({ url: ownerUrl, size: 1, name: "bench" });
  try {
    const prefix = `series/${id}/${randomUUID()}/`;
    await writeSeries(platform.deps.objects, prefix, rows);
    const tracks = [{ sensor_id: null, start_index: 0, end_index: rows - 1 }];
    await owner.query("UPDATE magtrace.segments SET object_prefix = $2, rows = $3 WHERE dataset_id = $1", [
      id,
      prefix,
      rows,
    ]);
    await owner.query("UPDATE magtrace.datasets SET total_records = $2, tracks = $3 WHERE id = $1", [
      id,
      rows,
      JSON.stringify(tracks),
    ]);
  } finally {
    await owner.end();
    await platform.close();
  }
  return id;
}

async function writeSeries(objects: ObjectStore, prefix: string, rows: number): Promise<void> {
  const openSink = (name: string) => objects.createWriter(prefix + name);
  const writer = createSeriesWriter({ channels: CHANNELS, timeKind: "absolute", openSink });
  writer.startTrack("");
  const timeUs = new Float64Array(CHUNK_ROWS);
  const columns = CHANNELS.map(() => new Float64Array(CHUNK_ROWS));
  let state = 1;
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    for (let i = 0; i < count; i++) {
      timeUs[i] = START_US + (from + i) * STEP_US;
      for (const column of columns) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        column[i] = 20_000 + (40 * state) / 2 ** 32;
      }
    }
    await writer.append({ rows: count, timeUs, columns });
  }
  await writer.finish();
}
