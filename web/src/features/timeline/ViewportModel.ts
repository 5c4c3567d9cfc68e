import { clampView, fullView, type Viewport } from "./viewport.ts";

const MOST_STEPS_BACK = 50;

/**
 * The view of one open series. It lives outside React's state because it changes with every frame of a drag and
 * only the chart has to follow.
 */
export class ViewportModel {
  readonly rows: number;
  #view: Viewport;
  #earlier: Viewport[] = [];
  #listeners = new Set<() => void>();

  constructor(rows: number, initial: Viewport = fullView(rows)) {
    this.rows = rows;
    this.#view = clampView(initial, rows);
  }

  readonly get = (): Viewport => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Moves the view: one step of a continuous movement. */
  set(view: Viewport): void {
    const next = clampView(view, this.rows);
    if (next.start === this.#view.start && next.end === this.#view.end) return;
    this.#view = next;
    this.#notify();
  }

  /** Moves the view somewhere else; `back` returns to where it was. */
  jump(view: Viewport): void {
    this.#earlier.push(this.#view);
    if (this.#earlier.length > MOST_STEPS_BACK) this.#earlier.shift();
    this.#view = clampView(view, this.rows);
    this.#notify();
  }

  /** Undoes the last jump. Does nothing when there was none. */
  back(): void {
    const view = this.#earlier.pop();
    if (view === undefined) return;
    this.#view = view;
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
