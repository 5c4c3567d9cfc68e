import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { Agent, get, type RequestOptions } from "node:http";
import { parseArgs } from "node:util";
import { decodeWindow } from "@magtrace/series";
import { startFloor } from "./api/floors.ts";
import type { Print } from "./bench.ts";
import { type BenchInstallation, withInstallation } from "./installation.ts";
import { median, percentile } from "./measure.ts";
import { restartApi } from "./restartApi.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";
import { writeDataset } from "./writeDataset.ts";

export const name = "window";

const POINTS = 2_000;
const WARM_REQUESTS = 600;
const WARM_UP = 60;
const COLD_REQUESTS = 4;
/** Larger ones are written as they would be stored: their ingest is another benchmark's. */
const MOST_UPLOADED_ROWS = 1e7;

/**
 * Windows of every width at random places, through HTTP as Arrow, 2,000 points and 4 channels. Warm: the series is
 * open; beside it, in turns, the same number of bytes of a bare node:http (window_bare). Cold: the first window of a freshly started api, with the machine's file cache dropped where that is allowed.
 * Options: --rows N (largest size; 1e7. 1e8 takes 6 GB of disk meanwhile), --direct (no size is uploaded as a file).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { rows: { type: "string" }, direct: { type: "boolean" } } });
  const largest = Number(values.rows ?? 1e7);
  const sizes = [1e5, 1e6, 1e7, 1e8].filter((rows) => rows <= largest);
  await withInstallation(async (installation) => {
    const datasets = new Map<number, number>();
    for (const rows of sizes) {
      const isWritten = values.direct || rows > MOST_UPLOADED_ROWS;
      datasets.set(rows, await (isWritten ? writeDataset : uploadDataset)(installation, rows));
    }
    const medians = await measureWarm(installation, datasets, print);
    print("window_growth", medians.at(-1)! / medians[0]!, "");
    await measureCold(installation, datasets, print);
  });
}

async function uploadDataset(installation: BenchInstallation, rows: number): Promise<number> {
  const chunks = syntheticCsv({ rows, columns: "field" });
  return (await uploadStream({ ...installation, name: `${rows}.csv`, chunks })).id;
}

/** Sizes in turns, request by request, so that a drift of the machine's speed meets all alike. */
async function measureWarm(installation: BenchInstallation, datasets: Map<number, number>, print: Print) {
  const agent = new Agent({ keepAlive: true });
  const floor = await startFloor("bare");
  const bare: number[] = [];
  const random = createRandom();
  const times = new Map([...datasets.keys()].map((rows) => [rows, [] as number[]]));
  for (let turn = 0; turn < WARM_REQUESTS + WARM_UP; turn++) {
    for (const [rows, id] of datasets) {
      const range = randomRange(rows, random);
      const { durationMs, bytes } = await fetchWindow(installation, id, range, agent);
      if (turn >= WARM_UP) times.get(rows)!.push(durationMs);
      const least = await fetchBytes(new URL(`http://127.0.0.1:${floor.port}/?bytes=${bytes.length}`), {
        agent,
      });
      if (turn >= WARM_UP) bare.push(least.durationMs);
      if (turn < 20) checkWindow(bytes, range);
    }
  }
  agent.destroy();
  floor.stop();
  print("window_bare_p50", median(bare), "ms");
  print("window_bare_p99", percentile(bare, 0.99), "ms");
  return [...times].map(([rows, each]) => {
    print(`window_p50_${label(rows)}`, median(each), "ms");
    print(`window_p99_${label(rows)}`, percentile(each, 0.99), "ms");
    return median(each);
  });
}

async function measureCold(installation: BenchInstallation, datasets: Map<number, number>, print: Print) {
  const random = createRandom();
  const times = new Map([...datasets.keys()].map((rows) => [rows, [] as number[]]));
  for (let turn = 0; turn < COLD_REQUESTS; turn++) {
    for (const [rows, id] of datasets) {
      await restartApi(installation);
      dropFileCache();
      const { durationMs } = await fetchWindow(installation, id, randomRange(rows, random));
      times.get(rows)!.push(durationMs);
    }
  }
  for (const [rows, each] of times) {
    print(`window_cold_p50_${label(rows)}`, median(each), "ms");
    print(`window_cold_max_${label(rows)}`, Math.max(...each), "ms");
  }
}

function label(rows: number): string {
  return `1e${Math.round(Math.log10(rows))}`;
}

interface Range {
  /** Both inclusive. */
  readonly start: number;
  readonly end: number;
}

/** Widths are spread evenly over their orders of magnitude, from one row to all. */
function randomRange(rows: number, random: () => number): Range {
  const width = Math.max(1, Math.round(rows ** random()));
  const start = Math.floor(random() * (rows - width + 1));
  return { start, end: start + width - 1 };
}

function fetchWindow(
  { url, token }: BenchInstallation,
  id: number,
  { start, end }: Range,
  agent?: Agent,
): Promise<Fetched> {
  const path = `/api/datasets/${id}/data/?start_index=${start}&end_index=${end}&max_points=${POINTS}&channels=b_x,b_y,b_z,b&format=arrow`;
  const headers = { Authorization: `Bearer ${token}` };
  return fetchBytes(new URL(path, url), { headers, ...(agent ? { agent } : {}) });
}

interface Fetched {
  readonly durationMs: number;
  readonly bytes: Buffer;
}

function fetchBytes(url: URL, options: RequestOptions): Promise<Fetched> {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    get(url, options, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      const bytes = Buffer.concat(parts);
      if (response.statusCode !== 200)
        reject(new Error(`${response.statusCode}: ${bytes.toString("utf8", 0, 300)}`));
      else resolve({ durationMs: performance.now() - begun, bytes });
    }).on("error", reject);
  });
}

function checkWindow(bytes: Buffer, { start, end }: Range): void {
  const window = decodeWindow(bytes);
  assert.equal(window.index[0], start);
  assert.ok(window.index.length >= Math.min(end - start + 1, POINTS / 8), `${window.index.length} points`);
  assert.ok(window.index.length <= POINTS);
  assert.equal(window.channels.length, 4);
}

/** Only root may, and only on Linux; elsewhere "cold" is a fresh process alone. */
function dropFileCache(): void {
  try {
    writeFileSync("/proc/sys/vm/drop_caches", "1");
  } catch {
    // Said in the docstring.
  }
}

function createRandom(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
