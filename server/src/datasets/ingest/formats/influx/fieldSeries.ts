import type { FormatRow } from "../rowTable.ts";

const FIRST_LENGTH = 1024;
const ROWS_AT_ONCE = 4096;

/** Values of one field of one set of tags: times, values and lines, growing together. */
class FieldSeries {
  #timeUs = new Float64Array(FIRST_LENGTH);
  #values = new Float64Array(FIRST_LENGTH);
  #lines = new Int32Array(FIRST_LENGTH);
  length = 0;
  ascending = true;

  add(timeUs: number, value: number, line: number): void {
    if (this.length === this.#timeUs.length) this.#grow();
    if (this.length > 0 && timeUs < this.#timeUs[this.length - 1]) this.ascending = false;
    this.#timeUs[this.length] = timeUs;
    this.#values[this.length] = value;
    this.#lines[this.length++] = line;
  }

  timeAt = (at: number): number => (at < this.length ? this.#timeUs[at] : Number.POSITIVE_INFINITY);
  valueAt = (at: number): number => this.#values[at];
  lineAt = (at: number): number => this.#lines[at];

  sort(): void {
    if (this.ascending) return;
    const times = this.#timeUs;
    const order = Uint32Array.from({ length: this.length }, (_, i) => i).sort(
      (a, b) => times[a] - times[b] || a - b,
    );
    const ordered = <A extends Float64Array | Int32Array>(from: A, into: A): A => {
      order.forEach((at, i) => {
        into[i] = from[at];
      });
      return into;
    };
    this.#lines = ordered(this.#lines, new Int32Array(this.length));
    this.#values = ordered(this.#values, new Float64Array(this.length));
    this.#timeUs = ordered(times, new Float64Array(this.length));
    this.ascending = true;
  }

  #grow(): void {
    const grown = <A extends Float64Array | Int32Array>(from: A, into: A): A => {
      into.set(from);
      return into;
    };
    const length = 2 * this.#timeUs.length;
    this.#timeUs = grown(this.#timeUs, new Float64Array(length));
    this.#values = grown(this.#values, new Float64Array(length));
    this.#lines = grown(this.#lines, new Int32Array(length));
  }
}

/** The fields that share their tags; their values of one time become one row. */
export class TaggedFields {
  readonly tags: readonly string[];
  readonly #fields = new Map<string, FieldSeries>();

  constructor(tags: readonly string[]) {
    this.tags = tags;
  }

  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }

  /** Whether every field's values came in the order of time. */
  get ascending(): boolean {
    return [...this.#fields.values()].every((series) => series.ascending);
  }

  add(field: string, timeUs: number, value: number, line: number): void {
    let series = this.#fields.get(field);
    if (series === undefined) {
      series = new FieldSeries();
      this.#fields.set(field, series);
    }
    series.add(timeUs, value, line);
  }

  /** Rows by time: the time, the values of `fields`, null where there is none at that time, and `sensor` last. */
  *rows(fields: readonly string[], sensor: string): Generator<FormatRow[]> {
    const series = fields.map((name) => this.#fields.get(name) ?? new FieldSeries());
    for (const one of series) one.sort();
    const next = series.map(() => 0);
    for (let rows: FormatRow[] = []; ; ) {
      let time = Number.POSITIVE_INFINITY;
      series.forEach((one, i) => {
        time = Math.min(time, one.timeAt(next[i]));
      });
      if (time === Number.POSITIVE_INFINITY) {
        if (rows.length > 0) yield rows;
        return;
      }
      let line = 0;
      const values = series.map((one, i) => {
        if (one.timeAt(next[i]) !== time) return null;
        line ||= one.lineAt(next[i]);
        return one.valueAt(next[i]++);
      });
      rows.push({ line, cells: [time, ...values, sensor] });
      if (rows.length < ROWS_AT_ONCE) continue;
      yield rows;
      rows = [];
    }
  }
}
