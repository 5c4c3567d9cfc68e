import { randomBytes } from "node:crypto";
import { createSeriesWriter, encodeWindow, openSeries, type Series } from "@magtrace/series";
import { admitToken } from "./accounts/tokens/admission.ts";
import { datasetStatement, readDataset } from "./datasets/queries.ts";
import { noAccess } from "./platform/database/transaction.ts";
import type { Platform } from "./platform/openPlatform.ts";

const ROWS = 4_000;
/** More than one has the database keep its plan, and costs next to nothing. */
const ROUNDS = 3;
const NOT_THERE = 0;

/**
 * Does what a window of readings needs before the first is asked for: connections of both roles, plans, and code that is
 * compiled as it first runs. Some 60 ms of a start that the first user would else wait for.
 *
 * @returns what went wrong, or null.
 */
export async function warmReading({ accountsPool, deps }: Platform): Promise<unknown> {
  try {
    const series = await sampleSeries();
    for (let round = 0; round < ROUNDS; round++) {
      await admitToken(accountsPool, { hash: randomBytes(32), ahead: datasetStatement(NOT_THERE) });
      await readDataset(deps.db, noAccess, NOT_THERE, () => undefined);
      for (const points of [ROWS, ROWS / 20])
        encodeWindow(await series.window({ startIndex: 0, endIndex: ROWS, points }));
    }
    await series.close();
    return null;
  } catch (error) {
    return error;
  }
}

/** In memory. */
async function sampleSeries(): Promise<Series> {
  const files = new Map<string, Buffer[]>();
  const writer = createSeriesWriter({
    channels: ["b_x", "b_y"],
    timeKind: "absolute",
    openSink: async (name) => {
      const parts: Buffer[] = [];
      files.set(name, parts);
      return { write: async (bytes) => void parts.push(Buffer.from(bytes)), close: async () => undefined };
    },
  });
  writer.startTrack("");
  const rows = Float64Array.from({ length: ROWS }, (_, row) => row);
  await writer.append({ rows: ROWS, timeUs: rows.map((row) => 10_000 * row), columns: [rows, rows] });
  await writer.finish();
  return openSeries({
    open: async (name) => {
      const bytes = Buffer.concat(files.get(name)!);
      return { size: bytes.length, read: async (start, length) => bytes.subarray(start, start + length) };
    },
  });
}
