import { formatTime } from "@magtrace/series/withoutArrow";
import type { RowBlock } from "../../text/rowBlock.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote } from "../../types.ts";
import { countsFromStart } from "./locationFile.ts";
import { smallTable } from "./smallTable.ts";

const MAX_EVENTS = 10_000;
/** 1985, in seconds since 1970: a phone's clock shows more. */
const EPOCH_FROM_S = 5e8;
const TIME_FILE = "meta/time.csv";

/** From a time of the experiment on: what to add to it for the time of day. */
interface Stretch {
  readonly fromUs: number;
  readonly addUs: number;
}

/** phyphox's file of when an experiment was started and paused, beside a member of an archive; or null. */
export function timeFileBeside(names: readonly string[], folder: string): string | null {
  return names.find((name) => name === `${folder}${TIME_FILE}`) ?? null;
}

/**
 * Puts times that count from an experiment's start where phyphox says it was started. Its clock stands still while the
 * experiment is paused. Source: phyphox wiki, "Data export": `event, experiment time, system time`, both in seconds.
 *
 * @returns The table itself where its times are known or said by the caller, or where the file does not say.
 */
export async function startedAt(table: TableInput, timeFile: AsyncIterable<Uint8Array>): Promise<TableInput> {
  if (!countsFromStart(table.time) || table.time.startUs !== undefined) return table;
  const stretches = await stretchesOf(timeFile);
  const [first] = stretches;
  if (first === undefined) return table;
  return {
    ...table,
    time: { ...table.time, zeroUs: first.addUs },
    get assumptions() {
      return table.assumptions;
    },
    get notes() {
      return [...table.notes, noteOf(stretches)];
    },
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for await (const block of table.blocks) {
      const { timeUs, rows } = block;
      for (let i = 0; i < rows; i++) {
        let addUs = first.addUs;
        for (const stretch of stretches) if (timeUs[i] >= stretch.fromUs) addUs = stretch.addUs;
        timeUs[i] += addUs;
      }
      yield block;
    }
  }
}

async function stretchesOf(timeFile: AsyncIterable<Uint8Array>): Promise<Stretch[]> {
  const stretches: Stretch[] = [];
  let columns: number[] | null = null;
  for await (const row of smallTable(timeFile)) {
    if (columns === null) {
      const names = row.cells.map((cell) => cell.trim().toLowerCase());
      columns = ["event", "experiment time", "system time"].map((name) => names.indexOf(name));
      if (columns.includes(-1)) return [];
      continue;
    }
    const [event, experiment, system] = columns;
    if (row.cells[event]?.trim().toUpperCase() !== "START") continue;
    const [fromS, systemS] = [row.number(experiment), row.number(system)];
    if (!Number.isFinite(fromS) || !(systemS > EPOCH_FROM_S) || stretches.length >= MAX_EVENTS) continue;
    stretches.push({ fromUs: Math.round(fromS * 1e6), addUs: Math.round((systemS - fromS) * 1e6) });
  }
  return stretches;
}

function noteOf(stretches: readonly Stretch[]): QualityNote {
  const [{ fromUs, addUs }] = stretches;
  const paused =
    stretches.length > 1 ? ` It was paused ${stretches.length - 1} times, for which there are gaps.` : "";
  const start = formatTime(fromUs + addUs, "absolute");
  const message = `The experiment was started at ${start} by the phone's clock (${TIME_FILE}).${paused}`;
  return { code: "started_at", message };
}
