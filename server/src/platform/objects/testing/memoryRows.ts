import { ObjectExistsError } from "../errors.ts";
import type { NewObjectRow, ObjectRow, ObjectRows, ObjectState, RowPage } from "../rows/objectRows.ts";

/** Rows for tests that need no database. */
export class MemoryRows implements ObjectRows {
  readonly byKey = new Map<string, ObjectRow>();

  async insert(row: NewObjectRow): Promise<void> {
    if (!this.#insert(row, "writing")) throw new ObjectExistsError(row.key);
  }

  async adopt(row: NewObjectRow): Promise<boolean> {
    return this.#insert(row, "committed");
  }

  async markCommitted(key: string, size: number): Promise<void> {
    const row = this.byKey.get(key);
    if (row?.state === "writing") this.#set(row, { state: "committed", size, changedAt: new Date() });
  }

  async find(key: string): Promise<ObjectRow | undefined> {
    return this.byKey.get(key);
  }

  async findAll(keys: readonly string[]): Promise<ObjectRow[]> {
    return keys.flatMap((key) => this.byKey.get(key) ?? []);
  }

  async markDeleting(place: string): Promise<void> {
    for (const row of this.#at(place)) this.#set(row, { state: "deleting", changedAt: new Date() });
  }

  async keepsDeleted(): Promise<boolean> {
    return false;
  }

  async remove(place: string): Promise<void> {
    for (const { key, state } of this.#at(place)) {
      if (state === "deleting" || !place.endsWith("/")) this.byKey.delete(key);
    }
  }

  async changedBefore(time: Date, page: RowPage): Promise<ObjectRow[]> {
    return this.#page(page, ({ state, changedAt }) => state === "deleting" || changedAt < time);
  }

  async wrappedByOthers(id: string, page: RowPage): Promise<ObjectRow[]> {
    return this.#page(page, ({ masterKeyId }) => masterKeyId !== id);
  }

  async rewrap(changes: Parameters<ObjectRows["rewrap"]>[0]): Promise<number> {
    let changed = 0;
    for (const { key, from, to } of changes) {
      const row = this.byKey.get(key);
      if (row?.masterKeyId !== from) continue;
      this.#set(row, to);
      changed += 1;
    }
    return changed;
  }

  #insert(row: NewObjectRow, state: ObjectState): boolean {
    if (this.byKey.has(row.key)) return false;
    this.byKey.set(row.key, { ...row, state, changedAt: new Date() });
    return true;
  }

  #set(row: ObjectRow, change: Partial<ObjectRow>): void {
    this.byKey.set(row.key, { ...row, ...change });
  }

  #at(place: string): ObjectRow[] {
    const isThere = (key: string) => (place.endsWith("/") ? key.startsWith(place) : key === place);
    return [...this.byKey.values()].filter(({ key }) => isThere(key));
  }

  #page({ after, limit }: RowPage, isWanted: (row: ObjectRow) => boolean): ObjectRow[] {
    const rows = [...this.byKey.values()].filter((row) => row.key > after && isWanted(row));
    return rows.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, limit);
  }
}
