import type { Assumption, ColumnMapping } from "@magtrace/contracts";
import type { ResolvedColumns, ValueColumn } from "../../cells/resolveColumns.ts";
import type { RowBlock } from "../../text/rowBlock.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote, SourceColumn } from "../../types.ts";
import { BRIDGED_US, NEAREST_US, type PlaceFixes } from "./placeFixes.ts";

const PLACES = ["lat", "lon", "altitude"] as const;
const JOINED = " (joined by time)";

/** Columns that were joined are none of the file's readings: a mapping that names them is of an inspection before. */
export function withoutJoined(mapping: ColumnMapping | undefined): ColumnMapping | undefined {
  const { columns, ...rest } = mapping ?? {};
  if (columns === undefined) return mapping;
  const own = Object.entries(columns).filter(([, name]) => !name.endsWith(JOINED));
  return own.length === Object.keys(columns).length ? mapping : { ...rest, columns: Object.fromEntries(own) };
}

/**
 * Adds a position to each reading, from fixes of another file or topic that count time as the readings do.
 *
 * @param from What the fixes are of, as a person would call it.
 * @returns The table itself where it has positions of its own, where there is no fix, or where none is wanted.
 */
export function joinPlaces(
  table: TableInput,
  fixes: PlaceFixes,
  from: string,
  mapping: ColumnMapping | undefined,
): TableInput {
  const names = PLACES.map((place) => `${place} of ${from}${JOINED}`);
  const hasOwn = table.columns.values.some(({ channel }) => channel === "lat" || channel === "lon");
  if (hasOwn || fixes.count === 0 || mapping?.ignore?.includes(names[0])) return table;
  const fields = table.columns.values.findIndex(({ channel }) => !/^b(_[xyz])?$/.test(channel));
  const slot = fields < 0 ? table.columns.values.length : fields;
  const joined = { rows: 0, placed: 0, farthestUs: 0 };
  const assumption: Assumption = {
    subject: "sensors",
    taken: `positions of ${from}, joined onto the readings by time`,
    reason: `The readings have none. Between two fixes at most ${BRIDGED_US / 1e6} s apart a straight line is taken, else the nearest fix at most ${NEAREST_US / 1e6} s away.`,
    column: null,
    others: [{ label: "without positions", mapping: { ignore: names } }],
  };
  return {
    ...table,
    columns: withColumns(table.columns, names, slot),
    get assumptions() {
      return [...table.assumptions, assumption];
    },
    get notes() {
      return [...table.notes, noteOf(joined, from)];
    },
    blocks: blocks(),
  };

  async function* blocks(): AsyncGenerator<RowBlock> {
    for await (const block of table.blocks) {
      const { lat, lon, altitude, count, farthestUs } = fixes.locate(block.timeUs, block.rows);
      joined.rows += block.rows;
      joined.placed += count;
      joined.farthestUs = Math.max(joined.farthestUs, farthestUs);
      const without = PLACES.map(() => ({ count: block.rows - count, lines: [] }));
      const none = PLACES.map(() => ({ count: 0, lines: [] }));
      yield {
        ...block,
        values: block.values.toSpliced(slot, 0, lat, lon, altitude),
        missing: block.missing.toSpliced(slot, 0, ...without),
        notNumbers: block.notNumbers.toSpliced(slot, 0, ...none),
      };
    }
  }
}

function withColumns(columns: ResolvedColumns, names: readonly string[], slot: number): ResolvedColumns {
  const own = columns.columns.length;
  const values = names.map((name, i): ValueColumn => {
    return { position: own + i, name, channel: PLACES[i], factor: 1, extra: false };
  });
  const described = names.map((name, i): SourceColumn => ({ name, becomes: PLACES[i], unit: null }));
  return {
    ...columns,
    values: columns.values.toSpliced(slot, 0, ...values),
    columns: [...columns.columns, ...described],
  };
}

function noteOf(
  { rows, placed, farthestUs }: { rows: number; placed: number; farthestUs: number },
  from: string,
): QualityNote {
  const farthest =
    placed === 0 ? "" : ` The nearest fix of a reading is at most ${seconds(farthestUs)} away.`;
  const without =
    placed === rows
      ? "Every reading has a position"
      : `${rows - placed} of ${rows} readings have no fix near enough and no position`;
  return { code: "places_joined", message: `${without} (${from}).${farthest}`, count: placed };
}

function seconds(us: number): string {
  return `${Number((us / 1e6).toPrecision(2))} s`;
}
