import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { nanoteslaPer } from "./cells/units.ts";
import { firstReadings, isWhole, medianSize, sizeOfThousands } from "./firstReadings.ts";
import { MissingValues, type Watched, type WatchedColumn } from "./missingValues.ts";
import { askWherePlaces } from "./placesOrAxes.ts";
import { SensorKinds } from "./sensorKinds.ts";
import { askWhereThousands, type SettledUnit, settleUnit } from "./settleUnit.ts";
import type { RowBlock } from "./text/rowBlock.ts";
import type { TableInput } from "./typed/tableInput.ts";
import type { ColumnMapping, FieldUnit } from "./types.ts";

/**
 * Decides by a file's first readings what its header left open: the unit where none is stated, and which numbers mean that
 * there is no value.
 *
 * @throws {UndecidedFile} no unit fits, or the one stated gives a field that cannot be.
 */
export async function settleValues(
  table: TableInput,
  mapping: ColumnMapping | undefined,
): Promise<TableInput> {
  const blocks = table.blocks[Symbol.asyncIterator]();
  const watched = watchedColumns(table.columns);
  const missing = new MissingValues(watched, mapping);
  const field = watched.fields[0] ?? [];
  const { empty, first } = await firstReadings(blocks, field);
  // What zeros mean is told by the readings.
  if (!first.done) for (const block of [first.value, ...empty]) missing.clearInPlace(block);
  // A file with faults is refused for them.
  const faulty = first.done || first.value.totalFindings > 0;
  const size = faulty ? null : medianSize(new SensorKinds().keep(first.value), field);
  let settled: SettledUnit;
  try {
    if (!faulty) askWherePlaces(table.columns, first.value, mapping);
    if (table.openDecimal && size !== null && !first.done) {
      const asThousands = sizeOfThousands(first.value, field) ?? size;
      askWhereThousands(table.columns, table.openDecimal, { size, asThousands });
    }
    settled = settleUnit(table.columns, size, !faulty && isWhole(first.value, field));
  } catch (error) {
    await blocks.return?.();
    throw error;
  }
  const slots = watched.fields.flat().map(({ slot }) => slot);
  const scale = nanoteslaPer(settled.unit) / nanoteslaPer(table.columns.unit);
  const scaled = settled.unit !== table.columns.unit;
  async function* rest(): AsyncGenerator<RowBlock> {
    try {
      for (const block of empty) {
        if (scaled) for (const slot of slots) scaleInPlace(block, slot, scale);
        yield block;
      }
      for (let next = first; !next.done; next = await blocks.next()) {
        if (next !== first) missing.clearInPlace(next.value);
        if (scaled) for (const slot of slots) scaleInPlace(next.value, slot, scale);
        yield next.value;
      }
      missing.requireOneMeaning();
    } finally {
      await blocks.return?.();
    }
  }
  return {
    ...table,
    columns: scaled ? inUnit(table.columns, settled.unit, scale) : table.columns,
    get assumptions() {
      return [...settled.assumptions, ...missing.assumptions(), ...table.assumptions];
    },
    get notes() {
      return table.notes;
    },
    blocks: rest(),
  };
}

/** The field's columns, sensor by sensor, and those of the position. */
function watchedColumns({ values }: ResolvedColumns): Watched {
  const fields = new Map<string, WatchedColumn[]>();
  values.forEach(({ channel, factor }, slot) => {
    const [name, sensor = ""] = channel.split("@");
    if (!/^b(_[xyz])?$/.test(name)) return;
    // A total field beside axes is a column of its own.
    const key = name === "b" ? `${sensor} b` : sensor;
    fields.set(key, [...(fields.get(key) ?? []), { slot, factor }]);
  });
  const lat = values.findIndex(({ channel }) => channel === "lat");
  const lon = values.findIndex(({ channel }) => channel === "lon");
  return { fields: [...fields.values()], position: lat < 0 || lon < 0 ? null : { lat, lon } };
}

function scaleInPlace({ rows, values }: RowBlock, slot: number, scale: number): void {
  const array = values[slot];
  for (let i = 0; i < rows; i++) array[i] *= scale;
}

function inUnit(columns: ResolvedColumns, unit: FieldUnit, scale: number): ResolvedColumns {
  const { measuredTotal } = columns;
  return {
    ...columns,
    unit,
    ...(measuredTotal ? { measuredTotal: { ...measuredTotal, factor: measuredTotal.factor * scale } } : {}),
    columns: columns.columns.map((column) =>
      /^b(_[xyz])?(@|$)/.test(column.becomes ?? "") ? { ...column, unit } : column,
    ),
  };
}
