import type { ByteSink, ByteSource } from "@magtrace/series";
import { readExactly } from "@magtrace/series/withoutArrow";
import type { Scratch } from "./types.ts";

/** Memory for rows that wait, all sensors together: beyond this they are written out. */
const BUFFERED_BYTES = 48 * 1024 * 1024;
const SMALLEST_ROWS = 64;
const FILE_NAME = "runs";

interface Buffered {
  /** Time first, then the columns. */
  arrays: Float64Array[];
  rows: number;
}

interface Run {
  readonly offset: number;
  readonly rows: number;
}

/** Rows of one sensor, time first. */
export interface SensorRows {
  readonly rows: number;
  readonly arrays: readonly Float64Array[];
}

/**
 * Keeps rows of interleaved sensors apart, in order within each, until the file is read. Memory is bounded: when the
 * buffers are full, each sensor's rows are written to scratch as one run. Nothing is written while they are not.
 */
export class SpilledRuns {
  readonly #scratch: Scratch;
  readonly #columns: number;
  readonly #bufferedBytes: number;
  readonly #buffers = new Map<number, Buffered>();
  readonly #runs = new Map<number, Run[]>();
  #heldBytes = 0;
  #position = 0;
  #sink: ByteSink | null = null;
  #source: ByteSource | null = null;

  /** @param columns Time and values together. */
  constructor(scratch: Scratch, columns: number, bufferedBytes = BUFFERED_BYTES) {
    this.#scratch = scratch;
    this.#columns = columns;
    this.#bufferedBytes = bufferedBytes;
  }

  /** Appends rows [from, to) of a block to a sensor. Copies. */
  async add(sensor: number, arrays: readonly Float64Array[], from: number, to: number): Promise<void> {
    const buffer = this.#room(sensor, to - from);
    arrays.forEach((array, c) => {
      buffer.arrays[c].set(array.subarray(from, to), buffer.rows);
    });
    buffer.rows += to - from;
    if (this.#heldBytes > this.#bufferedBytes) await this.#spill();
  }

  /** A sensor's rows in order. Once this is called nothing more may be added. */
  async *rowsOf(sensor: number): AsyncGenerator<SensorRows> {
    if (this.#sink !== null) {
      await this.#sink.close();
      this.#sink = null;
      this.#source = await this.#scratch.openSource(FILE_NAME);
    }
    for (const run of this.#runs.get(sensor) ?? []) {
      const values = new Float64Array(run.rows * this.#columns);
      await readExactly(this.#source!, run.offset, new Uint8Array(values.buffer));
      const arrays = Array.from({ length: this.#columns }, (_, c) =>
        values.subarray(c * run.rows, (c + 1) * run.rows),
      );
      yield { rows: run.rows, arrays };
    }
    const left = this.#buffers.get(sensor);
    if (left !== undefined && left.rows > 0) yield { rows: left.rows, arrays: left.arrays };
    this.#buffers.delete(sensor);
  }

  /** Closes what is open; an unfinished scratch file is dropped. */
  async close(): Promise<void> {
    const sink = this.#sink;
    this.#sink = null;
    if (sink !== null) await (sink.abort ? sink.abort() : sink.close());
    await this.#source?.close?.();
    this.#source = null;
  }

  #room(sensor: number, rows: number): Buffered {
    const buffer = this.#buffers.get(sensor) ?? { arrays: [], rows: 0 };
    this.#buffers.set(sensor, buffer);
    const wanted = buffer.rows + rows;
    if (buffer.arrays.length > 0 && buffer.arrays[0].length >= wanted) return buffer;
    const capacity = Math.max(SMALLEST_ROWS, 2 ** Math.ceil(Math.log2(wanted)));
    this.#heldBytes += (capacity - (buffer.arrays[0]?.length ?? 0)) * this.#columns * 8;
    buffer.arrays = Array.from({ length: this.#columns }, (_, c) => {
      const larger = new Float64Array(capacity);
      if (buffer.rows > 0) larger.set(buffer.arrays[c].subarray(0, buffer.rows));
      return larger;
    });
    return buffer;
  }

  async #spill(): Promise<void> {
    this.#sink ??= await this.#scratch.openSink(FILE_NAME);
    for (const [sensor, buffer] of this.#buffers) {
      if (buffer.rows === 0) continue;
      const runs = this.#runs.get(sensor) ?? [];
      this.#runs.set(sensor, runs);
      runs.push({ offset: this.#position, rows: buffer.rows });
      for (const array of buffer.arrays) {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, buffer.rows * 8);
        await this.#sink.write(bytes);
        this.#position += bytes.length;
      }
      buffer.rows = 0;
    }
    // Freed rather than kept: which sensors come next is anybody's guess.
    this.#buffers.clear();
    this.#heldBytes = 0;
  }
}
