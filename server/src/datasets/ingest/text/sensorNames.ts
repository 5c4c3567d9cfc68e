import { unquoted } from "./cellText.ts";
import type { RowNotes } from "./rowNotes.ts";

const MAX_SENSOR_CHARACTERS = 200;

/** Gives each sensor of a block a number, in order of appearance. */
export class SensorNames {
  readonly #bytes: Uint8Array;
  readonly #notes: RowNotes;
  readonly #codes = new Map<string, number>();
  /** The cell before: rows of one sensor follow each other, and comparing is cheaper than decoding. */
  #from = 0;
  #to = 0;
  #code = -1;

  constructor(bytes: Uint8Array, notes: RowNotes) {
    this.#bytes = bytes;
    this.#notes = notes;
  }

  get names(): string[] {
    return [...this.#codes.keys()];
  }

  /** Number of the sensor that a cell names. @param line From the block's first, 0-based. */
  codeOf(from: number, to: number, line: number, column: number): number {
    if (this.#code >= 0 && this.#sameAsBefore(from, to)) return this.#code;
    const name = unquoted(this.#notes.text(from, to)) ?? "";
    if (name.length > MAX_SENSOR_CHARACTERS) {
      const expected = `a sensor's name of at most ${MAX_SENSOR_CHARACTERS} characters`;
      this.#notes.fault("field_too_long", { from, to }, { line, column, expected });
      return 0;
    }
    const code = this.#codes.get(name) ?? this.#codes.size;
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
