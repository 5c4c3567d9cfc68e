import type { Assumption } from "@magtrace/contracts";
import type { ByteSink } from "@magtrace/series";
import { readExactly } from "@magtrace/series/withoutArrow";
import { periodOf } from "../cells/parseTime.ts";
import type { RowBlock } from "../text/rowBlock.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { Scratch } from "../types.ts";

const FILE_NAME = "reversed";

/** A step of times that begin anew each period, the short way round. */
export function stepWithin(stepUs: number, periodUs: number | null): number {
  return periodUs === null ? stepUs : stepUs - Math.round(stepUs / periodUs) * periodUs;
}

/** What became of the order of a file's rows. */
export class RowOrder {
  reversed = false;
}

/** Says that a file was put in order, where it was. */
export function ordered(table: TableInput, { reversed }: RowOrder): TableInput {
  if (!reversed) return table;
  const assumption: Assumption = {
    subject: "row_order",
    taken: "The rows were turned round: the oldest is first.",
    reason: "The file begins with the newest row.",
    column: table.columns.time.name,
    others: [],
  };
  return { ...table, assumptions: [...table.assumptions, assumption] };
}

/** Blocks of a table; of one whose first rows descend, from its last to its first row where most of them do. */
export async function* inTimeOrder(
  table: TableInput,
  scratch: Scratch,
  order: RowOrder,
): AsyncGenerator<RowBlock> {
  if (!table.descending) {
    yield* table.blocks;
    return;
  }
  const kept = new KeptBlocks(scratch, table.linesBefore + 1, periodOf(table.time));
  try {
    for await (const block of table.blocks) {
      // A file with findings is refused: all that is wanted is what is wrong with it.
      if (kept.refused || block.totalFindings > 0) {
        kept.refused = true;
        yield block;
      }
      await kept.add(block);
    }
    if (kept.refused) return;
    order.reversed = kept.mostlyDescending;
    yield* kept.read(order.reversed);
  } finally {
    await kept.close();
  }
}

type Kept = Omit<RowBlock, "timeUs" | "values" | "sensors" | "lines"> & {
  readonly offset: number;
  readonly columns: number;
  readonly hasSensors: boolean;
};

/** Keeps blocks in scratch, so that they can be read from the last to the first. */
class KeptBlocks {
  refused = false;
  readonly #scratch: Scratch;
  readonly #periodUs: number | null;
  readonly #blocks: Kept[] = [];
  readonly #last = new Map<string, number>();
  #line: number;
  #down = 0;
  #up = 0;
  #position = 0;
  #sink: ByteSink | null = null;

  constructor(scratch: Scratch, firstLine: number, periodUs: number | null) {
    this.#scratch = scratch;
    this.#periodUs = periodUs;
    this.#line = firstLine;
  }

  get mostlyDescending(): boolean {
    return this.#down > this.#up;
  }

  async add(block: RowBlock): Promise<void> {
    if (this.refused) return;
    const { timeUs, values, sensors, lines, rows, ...rest } = block;
    this.#countSteps(block);
    this.#sink ??= await this.#scratch.openSink(FILE_NAME);
    const offset = this.#position;
    const arrays = [timeUs, ...values, ...(sensors === null ? [] : [sensors]), lines];
    for (const array of arrays) {
      const own = array.subarray(0, rows);
      const bytes = new Uint8Array(own.byteLength);
      bytes.set(new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
      await this.#sink.write(bytes);
      this.#position += bytes.length;
    }
    const columns = 1 + values.length;
    this.#blocks.push({
      ...rest,
      rows,
      offset,
      columns,
      hasSensors: sensors !== null,
      firstLine: this.#line,
    });
    this.#line += block.lineCount;
  }

  async *read(backwards: boolean): AsyncGenerator<RowBlock> {
    await this.#sink?.close();
    this.#sink = null;
    if (this.#blocks.length === 0) return;
    const source = await this.#scratch.openSource(FILE_NAME);
    try {
      for (const kept of backwards ? this.#blocks.toReversed() : this.#blocks) {
        const { rows, columns, hasSensors, offset, ...rest } = kept;
        const bytes = new Uint8Array(rows * (columns * 8 + (hasSensors ? 8 : 4)));
        await readExactly(source, offset, bytes);
        const numbers = Array.from(
          { length: columns },
          (_, c) => new Float64Array(bytes.buffer, c * rows * 8, rows),
        );
        const behind = columns * rows * 8;
        const sensors = hasSensors ? new Int32Array(bytes.buffer, behind, rows) : null;
        const lines = new Int32Array(bytes.buffer, behind + (hasSensors ? rows * 4 : 0), rows);
        if (backwards) for (const array of [...numbers, sensors, lines]) array?.reverse();
        const [timeUs, ...values] = numbers;
        yield { ...rest, rows, timeUs, values, sensors, lines };
      }
    } finally {
      await source.close?.();
    }
  }

  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null) await (sink.abort ? sink.abort() : sink.close());
  }

  #countSteps({ rows, timeUs, sensors, sensorNames }: RowBlock): void {
    for (let i = 0; i < rows; i++) {
      const sensor = sensors === null ? "" : sensorNames[sensors[i]];
      const before = this.#last.get(sensor);
      this.#last.set(sensor, timeUs[i]);
      if (before === undefined || before === timeUs[i]) continue;
      if (stepWithin(timeUs[i] - before, this.#periodUs) < 0) this.#down++;
      else this.#up++;
    }
  }
}
