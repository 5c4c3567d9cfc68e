import { type Tile, tileKey } from "./tiles.ts";

interface TileStoreOptions<T> {
  fetchTile: (tile: Tile, signal: AbortSignal) => Promise<T>;
  /** Called after a tile arrived or failed. */
  onChange: () => void;
  /** Tiles kept; the least recently used goes first. */
  capacity?: number;
  /** Requests under way at once: browsers have six connections to a host, and labels need some. */
  concurrency?: number;
}

/** Tiles of one series: fetched when wanted, let go when no longer, kept while there is room. */
export class TileStore<T> {
  readonly #options: Required<TileStoreOptions<T>>;
  /** In order of use: a Map iterates in order of insertion. */
  readonly #kept = new Map<string, T>();
  readonly #underWay = new Map<string, AbortController>();
  readonly #failed = new Map<string, unknown>();
  #wanted: Tile[] = [];
  #visible = new Set<string>();
  #closed = false;

  constructor(options: TileStoreOptions<T>) {
    this.#options = { capacity: 160, concurrency: 4, ...options };
  }

  /** Looks without counting as use, so that drawing does not reorder what is kept. */
  peek(tile: Tile): T | undefined {
    return this.#kept.get(tileKey(tile));
  }

  /** First failure among the tiles in view, if any. */
  get error(): unknown {
    for (const key of this.#visible) if (this.#failed.has(key)) return this.#failed.get(key);
    return undefined;
  }

  /** Whether a tile in view has neither arrived nor failed. */
  get loading(): boolean {
    for (const key of this.#visible) if (!this.#kept.has(key) && !this.#failed.has(key)) return true;
    return false;
  }

  /** Says what is in view and what may be next. Requests for anything else are aborted. */
  want(visible: readonly Tile[], next: readonly Tile[] = []): void {
    if (this.#closed) return;
    this.#visible = new Set(visible.map(tileKey));
    this.#wanted = [...visible, ...next];
    const wantedKeys = new Set(this.#wanted.map(tileKey));
    for (const [key, controller] of this.#underWay) {
      if (!wantedKeys.has(key)) {
        this.#underWay.delete(key);
        controller.abort();
      }
    }
    for (const tile of visible) {
      const key = tileKey(tile);
      const data = this.#kept.get(key);
      if (data !== undefined) {
        this.#kept.delete(key);
        this.#kept.set(key, data);
      }
    }
    this.#start();
  }

  /** Asks again for what failed. */
  retry(): void {
    this.#failed.clear();
    this.#options.onChange();
    this.#start();
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
    this.#kept.clear();
  }

  #start(): void {
    for (const tile of this.#wanted) {
      if (this.#underWay.size >= this.#options.concurrency) return;
      const key = tileKey(tile);
      if (this.#kept.has(key) || this.#underWay.has(key) || this.#failed.has(key)) continue;
      void this.#fetch(tile, key);
    }
  }

  async #fetch(tile: Tile, key: string): Promise<void> {
    const controller = new AbortController();
    this.#underWay.set(key, controller);
    try {
      const data = await this.#options.fetchTile(tile, controller.signal);
      if (controller.signal.aborted) return;
      this.#kept.set(key, data);
      this.#trim();
    } catch (error) {
      // What was aborted may be wanted again later: that is no failure.
      if (controller.signal.aborted) return;
      this.#failed.set(key, error);
    }
    this.#underWay.delete(key);
    this.#options.onChange();
    this.#start();
  }

  #trim(): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= this.#options.capacity) return;
      if (!this.#visible.has(key)) this.#kept.delete(key);
    }
  }
}
