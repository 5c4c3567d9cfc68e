import type { WatchedColumn } from "./missingValues.ts";
import type { RowBlock } from "./text/rowBlock.ts";

/** Blocks of nothing but zeros at a file's beginning that are set aside until one has readings. */
const MOST_EMPTY_BLOCKS = 8;

interface FirstReadings {
  /** Copies of the blocks before, which have no readings but zeros. */
  readonly empty: RowBlock[];
  readonly first: IteratorResult<RowBlock, unknown>;
}

/** Reads on to the first block that says how strong the field is. */
export async function firstReadings(
  blocks: AsyncIterator<RowBlock>,
  field: readonly WatchedColumn[],
): Promise<FirstReadings> {
  const empty: RowBlock[] = [];
  for (;;) {
    const first = await blocks.next();
    const isEmpty = !first.done && first.value.totalFindings === 0 && medianSize(first.value, field) === null;
    if (!isEmpty || empty.length === MOST_EMPTY_BLOCKS || field.length === 0) {
      const last = first.done ? empty.pop() : undefined;
      return last === undefined ? { empty, first } : { empty, first: { done: false, value: last } };
    }
    empty.push(copied(first.value));
  }
}

/** A block's arrays are filled again when the next is asked for. */
function copied(block: RowBlock): RowBlock {
  const { rows } = block;
  return {
    ...block,
    timeUs: block.timeUs.slice(0, rows),
    values: block.values.map((values) => values.slice(0, rows)),
    sensors: block.sensors?.slice(0, rows) ?? null,
    labels: block.labels?.slice(0, rows) ?? null,
    lines: block.lines.slice(0, rows),
  };
}

/** Median size of the field in a block, as its numbers are now; null where it has none but zeros. */
export function medianSize(block: RowBlock, field: readonly WatchedColumn[]): number | null {
  return medianOf(block, field, (value) => value);
}

/** The same, were the sign before fractions one between thousands: whole numbers have none. */
export function sizeOfThousands(block: RowBlock, field: readonly WatchedColumn[]): number | null {
  return medianOf(block, field, (value, factor) => {
    const own = value / factor;
    return Math.abs(own - Math.round(own)) < 1e-9 ? value : 1000 * value;
  });
}

/** Whether all readings of a block's first rows are whole numbers in the file. */
export function isWhole({ rows, values }: RowBlock, field: readonly WatchedColumn[]): boolean {
  for (let i = 0; i < Math.min(rows, 1000); i++) {
    for (const { slot, factor } of field) {
      const own = values[slot][i] / factor;
      if (Math.abs(own - Math.round(own)) > 1e-9 * Math.abs(own)) return false;
    }
  }
  return true;
}

function medianOf(
  { rows, values }: RowBlock,
  field: readonly WatchedColumn[],
  meant: (value: number, factor: number) => number,
): number | null {
  const step = Math.max(1, Math.floor(rows / 20_000));
  const sizes = new Float64Array(Math.ceil(rows / step));
  let filled = 0;
  for (let i = 0; i < rows; i += step) {
    let square = 0;
    for (const { slot, factor } of field) square += meant(values[slot][i], factor) ** 2;
    if (square > 0) sizes[filled++] = Math.sqrt(square);
  }
  const sorted = sizes.subarray(0, filled).sort();
  return filled === 0 ? null : sorted[filled >> 1];
}
