import { unquoted } from "./cellText.ts";
import type { RowNotes } from "./rowNotes.ts";

/** Of a file. */
export const MAX_SENSORS = 1000;
export const MOST_SENSORS_EXPECTED = `at most ${MAX_SENSORS} different sensors`;
const MAX_SENSOR_CHARACTERS = 200;
/** As many as a category's name may have. */
const MAX_LABEL_CHARACTERS = 255;

/** Gives each sensor of a block, or each label, a number, in order of appearance. */
export class SensorNames {
  readonly #bytes: Uint8Array;
  readonly #notes: RowNotes;
  readonly #kind: "sensor" | "label";
  readonly #codes = new Map<string, number>();
  /** The cell before: rows of one sensor follow each other, and comparing is cheaper than decoding. */
  #from = 0;
  #to = 0;
  #code = -1;
  #isFull = false;

  constructor(bytes: Uint8Array, notes: RowNotes, kind: "sensor" | "label") {
    this.#kind = kind;
    this.#bytes = bytes;
    this.#notes = notes;
  }

  get names(): string[] {
    return [...this.#codes.keys()];
  }

  /** Number of what a cell names. A label that is too long is cut, as it may not be wanted at all. @param line From the block's first, 0-based. */
  codeOf(from: number, to: number, line: number, column: number): number {
    if (this.#isFull) return 0;
    if (this.#code >= 0 && this.#sameAsBefore(from, to)) return this.#code;
    const text = unquoted(this.#notes.text(from, to)) ?? "";
    const name = this.#kind === "label" ? text.slice(0, MAX_LABEL_CHARACTERS) : text;
    if (this.#kind === "sensor" && name.length > MAX_SENSOR_CHARACTERS) {
      const expected = `a sensor's name of at most ${MAX_SENSOR_CHARACTERS} characters`;
      this.#notes.fault("field_too_long", { from, to }, { line, column, expected });
      return 0;
    }
    const code = this.#codes.get(name) ?? this.#codes.size;
    if (this.#kind === "sensor" && code >= MAX_SENSORS) {
      // The file is refused: names by the million would only cost time.
      this.#isFull = true;
      this.#notes.fault("too_many_sensors", { from, to }, { line, column, expected: MOST_SENSORS_EXPECTED });
      return 0;
    }
    this.#codes.set(name, code);
    this.#from = from;
    this.#to = to;
    this.#code = code;
    return code;
  }

  #sameAsBefore(from: number, to: number): boolean {
    const bytes = this.#bytes;
    const shift = from - this.#from;
    if (to - shift !== this.#to) return false;
    for (let i = from; i < to; i++) if (bytes[i] !== bytes[i - shift]) return false;
    return true;
  }
}
