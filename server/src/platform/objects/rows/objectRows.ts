import type { WrappedKey } from "../sealing/wrappedKey.ts";

export type ObjectState = "writing" | "committed" | "deleting";

/** What the database knows of one object. */
export interface ObjectRow extends WrappedKey {
  readonly key: string;
  readonly state: ObjectState;
  /** Plain bytes; null until the object was written to its end. */
  readonly size: number | null;
  readonly organizationId: number | null;
  /** When its state became what it is. */
  readonly changedAt: Date;
}

export type NewObjectRow = Omit<ObjectRow, "state" | "changedAt">;

/** A page of rows in order of key. */
export interface RowPage {
  /** Rows after this key; the empty string for the first page. */
  readonly after: string;
  readonly limit: number;
}

/** The rows of objects, by key or by prefix. A prefix ends with a slash. */
export interface ObjectRows {
  /** In state `writing`, before the object's first byte. @throws ObjectExistsError where the key has a row. */
  insert(row: NewObjectRow): Promise<void>;
  markCommitted(key: string, size: number): Promise<void>;
  find(key: string): Promise<ObjectRow | undefined>;
  findAll(keys: readonly string[]): Promise<ObjectRow[]>;
  /** From here on nobody opens it. */
  markDeleting(keyOrPrefix: string): Promise<void>;
  /** Whether a backup is under way, which may still copy what is being deleted. Its bytes are then left to the sweep. */
  keepsDeleted(): Promise<boolean>;
  /** Of an object that is no longer there. Of a prefix, the rows in state `deleting`. */
  remove(keyOrPrefix: string): Promise<void>;
  /** Those in state `deleting`, and those whose state is older than a time. */
  changedBefore(time: Date, page: RowPage): Promise<ObjectRow[]>;
  /** A row for an object that had none, committed. False where it has one by now. */
  adopt(row: NewObjectRow): Promise<boolean>;
  wrappedByOthers(masterKeyId: string, page: RowPage): Promise<ObjectRow[]>;
  /** Exchanges wrapped keys, each where it is still wrapped by `from`. Returns how many were. */
  rewrap(changes: readonly { key: string; from: string; to: WrappedKey }[]): Promise<number>;
}
