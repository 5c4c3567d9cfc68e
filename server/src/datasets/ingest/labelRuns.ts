import type { RowBlock } from "./text/rowBlock.ts";
import type { LabelColumn, LabelRun, TrackRange } from "./types.ts";

export const MOST_LABEL_RUNS = 100_000;
export const MOST_LABEL_VALUES = 1_000;

interface TrackRuns {
  rows: number;
  /** Value of the row before; −1: none. */
  value: number;
  readonly runs: { value: number; start: number; end: number }[];
}

/** Gathers runs of equal labels while rows go by, each sensor's for itself. */
export class LabelRuns {
  readonly #values = new Map<string, number>();
  readonly #tracks: TrackRuns[] = [];
  #runs = 0;
  #beyond: LabelColumn["beyond"] = null;

  /** @param codes The file-wide number of each row's sensor: 0 alone means that all are the first. */
  add({ rows, labels, labelNames }: RowBlock, codes: Int32Array | 0): void {
    if (labels === null || this.#beyond !== null) return;
    const values = labelNames.map((name) => this.#valueOf(name));
    if (this.#beyond !== null) return;
    for (let row = 0; row < rows; row++) {
      const track = this.#track(codes === 0 ? 0 : codes[row]);
      const value = values[labels[row]];
      const at = track.rows++;
      const last = track.runs.at(-1);
      if (value >= 0 && value === track.value && last !== undefined) last.end = at;
      else if (value >= 0) {
        if (++this.#runs > MOST_LABEL_RUNS) {
          this.#beyond = "runs";
          return;
        }
        track.runs.push({ value, start: at, end: at });
      }
      track.value = value;
    }
  }

  /** @param tracks Where each sensor's rows came to lie, in the order of the sensors' numbers. */
  finish(column: string, taken: boolean, tracks: readonly TrackRange[]): LabelColumn {
    const runs = this.#tracks.flatMap((track, code) => {
      const from = tracks[code]?.start_index ?? 0;
      return track.runs.map(({ value, start, end }): LabelRun => {
        return { value, startIndex: from + start, endIndex: from + end };
      });
    });
    return { column, taken, values: [...this.#values.keys()], runs, beyond: this.#beyond };
  }

  get beyond(): LabelColumn["beyond"] {
    return this.#beyond;
  }

  #valueOf(name: string): number {
    if (name === "") return -1;
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    if (this.#values.size === MOST_LABEL_VALUES) {
      this.#beyond = "values";
      return -1;
    }
    this.#values.set(name, this.#values.size);
    return this.#values.size - 1;
  }

  #track(code: number): TrackRuns {
    while (this.#tracks.length <= code) this.#tracks.push({ rows: 0, value: -1, runs: [] });
    return this.#tracks[code]!;
  }
}

/** Why no labels can be made of a column that holds more than that. */
export function beyondSentence(beyond: NonNullable<LabelColumn["beyond"]>): string {
  return beyond === "runs"
    ? `at most ${MOST_LABEL_RUNS} runs of equal values in a column of labels`
    : `at most ${MOST_LABEL_VALUES} different values in a column of labels`;
}
