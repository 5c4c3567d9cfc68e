import type { Assumption, Choice } from "@magtrace/contracts";
import { USUAL_UNITS } from "./cells/chooseFieldUnit.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { nanoteslaPer } from "./cells/units.ts";
import { UndecidedFile } from "./findings.ts";
import { MissingValues, type Watched, type WatchedColumn } from "./missingValues.ts";
import { askWherePlaces } from "./placesOrAxes.ts";
import { SensorKinds } from "./sensorKinds.ts";
import type { RowBlock } from "./text/rowBlock.ts";
import type { TableInput } from "./typed/tableInput.ts";
import type { ColumnMapping, FieldUnit } from "./types.ts";

/** The main field at the Earth's surface is 22,000 to 67,000 nT; iron in the sensor shifts what it reads. */
const EARTH_NT = [18_000, 75_000] as const;
/** A unit that was stated or known is doubted outside of this only. */
const LIKELY_NT = [10_000, 100_000] as const;
/** What an accelerometer reads, in g. */
const ACCELERATIONS_G = [0.05, 20] as const;
/** Beyond these no magnetometer of the Earth's field reads anything, nT. */
const ABSURD_NT = [1e-3, 1e9] as const;

/**
 * Decides by a file's first rows what its header left open: the unit where none is stated, and which numbers mean that
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
  const first = await blocks.next();
  if (!first.done) missing.clearInPlace(first.value);
  // A file with faults is refused for them.
  const faulty = first.done || first.value.totalFindings > 0;
  const size = faulty ? null : medianSize(new SensorKinds().keep(first.value), watched.fields[0] ?? []);
  let settled: SettledUnit;
  try {
    if (!faulty) askWherePlaces(table.columns, first.value, mapping);
    if (table.openDecimal && size !== null) askWhereThousands(table.columns, table.openDecimal, size);
    settled = settleUnit(table.columns, size);
  } catch (error) {
    await blocks.return?.();
    throw error;
  }
  const slots = watched.fields.flat().map(({ slot }) => slot);
  const scale = nanoteslaPer(settled.unit) / nanoteslaPer(table.columns.unit);
  const scaled = settled.unit !== table.columns.unit;
  async function* rest(): AsyncGenerator<RowBlock> {
    try {
      for (let next = first; !next.done; next = await blocks.next()) {
        if (next !== first) missing.clearInPlace(next.value);
        if (scaled) for (const slot of slots) scaleInPlace(next.value, slot, scale);
        yield next.value;
      }
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

/** Median size of the field in a block, as its numbers are now; null where it has none but zeros. */
function medianSize({ rows, values }: RowBlock, field: readonly WatchedColumn[]): number | null {
  const step = Math.max(1, Math.floor(rows / 20_000));
  const sizes = new Float64Array(Math.ceil(rows / step));
  let filled = 0;
  for (let i = 0; i < rows; i += step) {
    let square = 0;
    for (const { slot } of field) square += values[slot][i] * values[slot][i];
    if (square > 0) sizes[filled++] = Math.sqrt(square);
  }
  const sorted = sizes.subarray(0, filled).sort();
  return filled === 0 ? null : sorted[filled >> 1];
}

/** `18,430` in nT is 18,430 nT rather than 18.43, but neither is taken. */
function askWhereThousands(
  { columns, unit, unitFrom }: ResolvedColumns,
  sign: "." | ",",
  size: number,
): void {
  // Where the unit is open, too, the size decides both: 18.43 µT and 18,430 nT are one field.
  if (unitFrom === "default" || within(size, LIKELY_NT) || !within(1000 * size, EARTH_NT)) return;
  const other = sign === "," ? "." : ",";
  throw new UndecidedFile([
    {
      subject: "numbers",
      asked: `Does "${sign}" stand between thousands or before fractions?`,
      reason: `Every number has three digits behind it. Before fractions the field would be ${sizeText(size)}, between thousands ${sizeText(1000 * size)}; the unit is ${unit}.`,
      column: columns.find(({ becomes }) => becomes === "b_x" || becomes === "b")?.name ?? null,
      choices: [
        { label: `"${sign}" stands between thousands`, mapping: { decimal: other } },
        { label: `"${sign}" stands before fractions`, mapping: { decimal: sign } },
      ],
    },
  ]);
}

interface SettledUnit {
  readonly unit: FieldUnit;
  readonly assumptions: readonly Assumption[];
}

function settleUnit(columns: ResolvedColumns, size: number | null): SettledUnit {
  const { unit, unitFrom, byMagnitude } = columns;
  if (unitFrom === "mapping" || size === null) return { unit, assumptions: [] };
  // In the file's own numbers; columns that differ in unit are those of the stated ones.
  const own = size / nanoteslaPer(unit);
  const fitting = USUAL_UNITS.filter((one) => within(own * nanoteslaPer(one), EARTH_NT));
  const prefers = byMagnitude === "prefer" && fitting.length === 1 && !within(size, LIKELY_NT);
  if (byMagnitude === "choose" || prefers) return chosenUnit(own, fitting, columns);
  if (!within(size, ABSURD_NT)) throw new UndecidedFile([askUnit(columns, own, cannotBe(unit, size))]);
  // 1 g would be a likely 100,000 nT, were g gauss.
  const likely = byMagnitude === "confirm" && unitFrom === "header" ? EARTH_NT : LIKELY_NT;
  if (within(size, likely))
    return {
      unit,
      assumptions: byMagnitude === "confirm" && unitFrom !== "default" ? [confirmed(columns)] : [],
    };
  // As an acceleration it could be one, or an instrument writes another unit than it is known for.
  const doubtful =
    unitFrom === "header" ? within(unit === "mG" ? own / 1000 : own, ACCELERATIONS_G) : fitting.length > 0;
  if (byMagnitude === "confirm" && doubtful) {
    throw new UndecidedFile([askUnit(columns, own, `In ${unit} the field would be ${sizeText(size)}.`)]);
  }
  if (unitFrom === "default") return { unit, assumptions: [takenAsOurs(own)] };
  return { unit, assumptions: [doubted(columns, own, size)] };
}

function chosenUnit(own: number, fitting: readonly FieldUnit[], columns: ResolvedColumns): SettledUnit {
  if (fitting.length !== 1) {
    const reason = `The file does not say it, and in none would the field be the Earth's: in nT it would be ${sizeText(own)}.`;
    throw new UndecidedFile([askUnit(columns, own, reason)]);
  }
  const [unit] = fitting;
  const assumption: Assumption = {
    subject: "field_unit",
    taken: unit,
    reason: `The file names no unit; in ${unit} the field is ${sizeText(own * nanoteslaPer(unit))}, as the Earth's is.`,
    column: null,
    others: choices(own, unit),
  };
  return { unit, assumptions: [assumption] };
}

function takenAsOurs(own: number): Assumption {
  return {
    subject: "field_unit",
    taken: "nT",
    reason: `The file names no unit; its columns have MagTrace's own names, and those are in nT. The field is ${sizeText(own)}.`,
    column: null,
    others: choices(own, "nT"),
  };
}

function confirmed({ unit, app }: ResolvedColumns): Assumption {
  const reason =
    app === null
      ? `The header's unit could be one of acceleration, too; the field is as large as the Earth's in ${unit}.`
      : `The header is ${app}'s, which writes ${unit} without saying so.`;
  return { subject: "field_unit", taken: unit, reason, column: null, others: [] };
}

function doubted({ unit, app }: ResolvedColumns, own: number, size: number): Assumption {
  const said = app === null ? "as the header says" : `as ${app} writes it`;
  return {
    subject: "field_unit",
    taken: `${unit}, ${said}`,
    reason: `The field is ${sizeText(size)}, and the Earth's is 20,000 to 70,000 nT.`,
    column: null,
    others: choices(own, unit),
  };
}

function askUnit(
  { columns, unit }: ResolvedColumns,
  own: number,
  reason: string,
): ConstructorParameters<typeof UndecidedFile>[0][number] {
  const column = columns.find(({ becomes }) => becomes === "b_x" || becomes === "b")?.name ?? null;
  const others = choices(own, null).filter(({ mapping }) => mapping.unit !== unit);
  const stated = { label: `${unit} all the same`, mapping: { unit } };
  return {
    subject: "field_unit",
    asked: "In which unit is the field?",
    reason,
    column,
    choices: [...others, stated],
  };
}

function cannotBe(unit: FieldUnit, size: number): string {
  return `In ${unit} the field would be ${sizeText(size)}, which no magnetometer of the Earth's field reads.`;
}

/** Units the numbers could be in, the likeliest first. */
function choices(own: number, taken: FieldUnit | null): Choice[] {
  const away = (unit: FieldUnit): number => Math.abs(Math.log(own * nanoteslaPer(unit)) - Math.log(45_000));
  return USUAL_UNITS.filter((unit) => unit !== taken)
    .toSorted((a, b) => away(a) - away(b))
    .map((unit) => ({
      label: `${unit}: the field is ${sizeText(own * nanoteslaPer(unit))}`,
      mapping: { unit },
    }));
}

function sizeText(nanotesla: number): string {
  const size = Number(nanotesla.toPrecision(4));
  return Math.abs(size) >= 1e-3 && size < 1e15 ? `${size.toLocaleString("en-US")} nT` : `${size} nT`;
}

function within(value: number, [from, to]: readonly [number, number]): boolean {
  return value >= from && value <= to;
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
