import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Print } from "./bench.ts";
import { withInstallation } from "./installation.ts";
import { median, processMemory, processTree } from "./measure.ts";
import { syntheticCsv } from "./syntheticCsv.ts";
import { uploadStream } from "./uploadStream.ts";

export const name = "ingest";

/**
 * From an upload's first byte to a drawable window, against DuckDB alone turning the same file into Parquet, in turns.
 * Options: --rows N (1e6), --runs N (5).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { rows: { type: "string" }, runs: { type: "string" } } });
  const rows = Number(values.rows ?? 1e6);
  const runs = Number(values.runs ?? (rows > 2e6 ? 1 : 5));
  const folder = mkdtempSync(join(tmpdir(), "magtrace-bench-"));
  try {
    const csv = join(folder, "survey.csv");
    for (const chunk of syntheticCsv({ rows, columns: "full" })) writeFileSync(csv, chunk, { flag: "a" });
    const bytes = statSync(csv).size;
    await withInstallation(async (installation) => {
      const [ours, duckdb]: [number[], number[]] = [[], []];
      for (let turn = 0; turn <= runs; turn++) {
        const oursMs = await timeUpload(installation, rows);
        const duckdbMs = await timeDuckdb(csv, join(folder, "survey.parquet"));
        // The first turn warms both up.
        if (turn > 0 || runs === 1) {
          ours.push(oursMs);
          duckdb.push(duckdbMs);
        }
      }
      print("ingest_rows", rows, "rows");
      print("ingest_file", bytes / 1e6, "MB");
      print("ingest_time", median(ours), "ms");
      print("ingest_speed", bytes / 1e3 / median(ours), "MB/s");
      print("duckdb_time", median(duckdb), "ms");
      print("ingest_ratio", median(ours.map((each, turn) => each / duckdb[turn]!)), "");
      for (const [part, peak] of peaks(installation.pid))
        print(`ingest_peak_memory_${part}`, peak / 2 ** 20, "MiB");
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Target {
  readonly url: string;
  readonly token: string;
  readonly projectId: number;
}

/** The bytes are made before the clock starts for files that fit in memory; making them is not what is measured. */
async function timeUpload({ url, token, projectId }: Target, rows: number): Promise<number> {
  const made = syntheticCsv({ rows, columns: "full" });
  const chunks = rows <= 2e6 ? [...made] : made;
  const begun = performance.now();
  const dataset = await uploadStream({ url, token, projectId, name: "survey.csv", chunks });
  const window = await fetch(
    new URL(`/api/datasets/${dataset.id}/data/?max_points=2000&channels=b_x,b_y,b_z,b&format=arrow`, url),
    { headers: { Authorization: `Bearer ${token}` } },
  );
  const drawable = await window.arrayBuffer();
  const durationMs = performance.now() - begun;
  assert.equal(dataset.total_records, rows);
  assert.ok(drawable.byteLength > 10_000, "the window is empty");
  return durationMs;
}

async function timeDuckdb(csv: string, parquet: string): Promise<number> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const begun = performance.now();
  await connection.run(`COPY (SELECT * FROM read_csv('${csv}')) TO '${parquet}' (FORMAT parquet)`);
  const durationMs = performance.now() - begun;
  connection.closeSync();
  instance.closeSync();
  return durationMs;
}

/** High-water marks by what the process is. */
function peaks(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  const [supervisor, ...rest] = processTree(pid);
  found.set("supervisor", processMemory(supervisor!)?.peakBytes ?? 0);
  for (const each of rest) {
    const memory = processMemory(each);
    const part = partOf(each);
    if (memory && part) found.set(part, Math.max(found.get(part) ?? 0, memory.peakBytes));
  }
  return found;
}

function partOf(pid: number): "api" | "worker" | "postgres" | null {
  const command = commandLine(pid);
  if (command.includes("postgres")) return "postgres";
  if (/cli\.ts api/.test(command)) return "api";
  return /cli\.ts worker/.test(command) ? "worker" : null;
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
