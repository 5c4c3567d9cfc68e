import { ObjectExistsError, ObjectMissingError } from "../errors.ts";
import { putObject } from "../putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "../types.ts";

export interface Place {
  readonly name: string;
  readonly store: ObjectStore;
}

/**
 * One store over several places, while objects move from one to another: writes go to the current place, and everything
 * else looks at all of them. Which is current is asked for at each write, so that all processes agree on it.
 */
export class PlacedObjects implements ObjectStore {
  readonly #places: readonly Place[];
  readonly #currentName: () => Promise<string | null>;
  /** Where the last write went: most likely there is what is read next. */
  #current: Place;

  constructor(places: readonly Place[], currentName: () => Promise<string | null>) {
    const [first] = places;
    if (first === undefined) throw new RangeError("a store needs a place");
    this.#places = places;
    this.#currentName = currentName;
    this.#current = first;
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    const name = await this.#currentName();
    this.#current = this.#places.find((place) => place.name === name) ?? this.#places[0]!;
    const current = this.#current.store;
    if (await this.exists(key)) throw new ObjectExistsError(key);
    return current.createWriter(key, options);
  }

  async open(key: string): Promise<ObjectReader> {
    // The first once more: the object may have moved there, and gone from the others, while we looked.
    for (const store of [...this.#stores(), this.#current.store]) {
      try {
        return await store.open(key);
      } catch (error) {
        if (!(error instanceof ObjectMissingError)) throw error;
      }
    }
    throw new ObjectMissingError(key);
  }

  async exists(key: string): Promise<boolean> {
    for (const store of [...this.#stores(), this.#current.store]) if (await store.exists(key)) return true;
    return false;
  }

  /**
   * At the first place once more after the others. Whoever copies an object looks whether the original is still there
   * when the copy is: one of the two then removes it, whichever way objects move.
   */
  async delete(key: string): Promise<void> {
    for (const store of this.#inDeletingOrder()) await store.delete(key);
  }

  async deletePrefix(prefix: string): Promise<{ deleted: number }> {
    const keys = new Set<string>();
    if (prefix !== "") for await (const { key } of this.list(prefix)) keys.add(key);
    for (const store of this.#inDeletingOrder()) await store.deletePrefix(prefix);
    return { deleted: keys.size };
  }

  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    const lists = this.#stores().map((store) => store.list(prefix)[Symbol.asyncIterator]());
    const heads = await Promise.all(lists.map((list) => list.next()));
    let last = "";
    for (;;) {
      let least = -1;
      for (const [index, head] of heads.entries()) {
        if (head.done) continue;
        const before = heads[least];
        if (before === undefined || before.done || head.value.key < before.value.key) least = index;
      }
      const head = heads[least];
      if (head === undefined || head.done) return;
      heads[least] = await lists[least]!.next();
      if (head.value.key !== last) yield head.value;
      last = head.value.key;
    }
  }

  async probeWriting(): Promise<void> {
    await this.#current.store.probeWriting?.();
  }

  #stores(): ObjectStore[] {
    const others = this.#places.filter((place) => place !== this.#current);
    return [this.#current, ...others].map(({ store }) => store);
  }

  #inDeletingOrder(): ObjectStore[] {
    return [...this.#places, this.#places[0]!].map(({ store }) => store);
  }
}
