import { columnName, fitOf } from "../../cells/columnNames.ts";
import { isClock, readingOf, type TimeReading } from "../../cells/parseTime.ts";
import { timeOf } from "../../time/textTimes.ts";
import { PlaceFixes } from "../places/placeFixes.ts";
import { type SmallRow, smallTable } from "./smallTable.ts";

const POINT = 46;
/** What apps call the file of their receiver. */
const LOCATION = /^(location|gps|gnss)\.(csv|txt|tsv)$/i;
const HEAD_ROWS = 20;

/** The file of positions that lies beside another one in an archive, or null. */
export function locationBeside(names: readonly string[], member: string): string | null {
  const folder = folderOf(member);
  const found = names.filter((name) => name !== member && folderOf(name) === folder);
  return found.find((name) => LOCATION.test(name.slice(folder.length))) ?? null;
}

/** With its last slash. */
export function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/**
 * The fixes of such a file, by the clock that the readings have.
 *
 * @param time How the times of the readings are written.
 * @returns None where the file has no positions, or none by that clock.
 */
export async function fixesOf(bytes: AsyncIterable<Uint8Array>, time: TimeReading): Promise<PlaceFixes> {
  const fixes = new PlaceFixes();
  if (isClock(time.form) || time.form === "rate") return fixes;
  let columns: LocationColumns | null = null;
  let clock: { position: number; reading: TimeReading } | null = null;
  let rows = 0;
  for await (const row of smallTable(bytes)) {
    if (++rows > HEAD_ROWS && clock === null) break;
    if (columns === null) columns = columnsOf(row.cells);
    else {
      clock ??= clockOf(row, columns, time);
      if (clock === null) continue;
      const us = timeOf(written(row, clock.position), clock.reading, POINT);
      const altitude = columns.altitude < 0 ? Number.NaN : row.number(columns.altitude);
      fixes.add(us, row.number(columns.lat), row.number(columns.lon), altitude);
    }
  }
  return fixes;
}

interface LocationColumns {
  readonly lat: number;
  readonly lon: number;
  readonly altitude: number;
  readonly times: readonly { readonly position: number; readonly usPerUnit: number | null }[];
}

function columnsOf(header: readonly string[]): LocationColumns | null {
  const names = header.map(columnName);
  const [lat, lon, altitude] = (["lat", "lon", "altitude"] as const).map((target) =>
    names.findIndex((name) => fitOf(name, target) !== null),
  );
  if (lat < 0 || lon < 0) return null;
  const times = names.flatMap((name, position) =>
    fitOf(name, "timestamp_pc") === null ? [] : [{ position, usPerUnit: name.usPerUnit }],
  );
  return { lat, lon, altitude, times };
}

/** The first column of times that counts from where those of the readings do. */
function clockOf(
  row: SmallRow,
  { times }: LocationColumns,
  wanted: TimeReading,
): { position: number; reading: TimeReading } | null {
  for (const { position, usPerUnit } of times) {
    const reading = readingOf(written(row, position), POINT, usPerUnit);
    if (reading === null || isClock(reading.form)) continue;
    if (countsFromStart(reading) === countsFromStart(wanted)) return { position, reading };
  }
  return null;
}

/** With a point before fractions of seconds. */
function written(row: SmallRow, position: number): string {
  return (row.cells[position] ?? "").trim().replace(/^(-?\d+),(\d+(?:E[+-]?\d+)?)$/i, "$1.$2");
}

/** Whether a block has such times from the recording's own 0. */
export function countsFromStart({ form, zeroUs }: TimeReading): boolean {
  return form === "seconds" && zeroUs === undefined;
}
