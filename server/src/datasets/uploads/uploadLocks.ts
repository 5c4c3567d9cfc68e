interface Held {
  readonly release: () => void;
  readonly ended: Promise<void>;
}

/**
 * One request at a time works on an upload. A client that comes back has lost its connection, so the request before is
 * told to end, and waited for: what it still records is in the answer. Other api processes have locks of their own; between
 * those the row decides (`addParts`).
 */
export class UploadLocks {
  readonly #held = new Map<number, Held>();

  /** @param release Called when another request wants it: to give it back soon. @returns what gives it back. */
  async acquire(id: number, release: () => void): Promise<() => void> {
    for (let held = this.#held.get(id); held; held = this.#held.get(id)) {
      held.release();
      await held.ended;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.set(id, { release, ended: promise });
    return () => {
      this.#held.delete(id);
      resolve();
    };
  }
}
