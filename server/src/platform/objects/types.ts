/** One stored object as a listing shows it. */
export interface ObjectEntry {
  readonly key: string;
  /** Bytes a reader of the same store would get; NaN where a sealed object's length is impossible. */
  readonly size: number;
  readonly modifiedAt: Date;
}

export interface PutOptions {
  /** Whose it is, where that is known when writing begins. */
  readonly organizationId?: number;
}

/** Writes one object in order. Nothing can be seen under the key before `close` has resolved. */
export interface ObjectWriter {
  /** Await each call before the next. Once it resolved the caller may reuse the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the object durable, then visible. */
  close(): Promise<void>;
  /** Leaves nothing behind. Does nothing after `close` or a second time. */
  abort(): Promise<void>;
}

/**
 * Reads ranges of one object; calls may overlap. When the object is deleted meanwhile, a range is what it was or an
 * ObjectMissingError.
 */
export interface ObjectReader {
  readonly size: number;
  /**
   * Exactly `length` bytes from `start`, newly allocated.
   * @throws {RangeError} unless 0 ≤ start and start + length ≤ size.
   */
  read(start: number, length: number): Promise<Uint8Array>;
  /**
   * At least one of `length` bytes from `start` (none only where `length` is 0), in memory that others read, too: it is
   * not to be written to. Neighbours of what was read lately cost nothing.
   */
  readSome?(start: number, length: number): Promise<Uint8Array>;
  /** Fills `into` from `start` on. */
  readInto?(start: number, into: Uint8Array): Promise<void>;
  /**
   * The bytes from `start` up to, not including, `end`, in pieces of up to 1 MiB: one request to the store, answered
   * as fast as the pieces are taken.
   */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Immutable objects under keys: what was written is never changed in place, and a key that is taken is never written
 * again. A key is lower-case path segments, `datasets/12/base.arrow`; a prefix is whole
 * segments, `datasets/12/`, so that one dataset's prefix never covers another's.
 */
export interface ObjectStore {
  /** @throws ObjectExistsError */
  put(key: string, source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<{ size: number }>;
  createWriter(key: string, options?: PutOptions): Promise<ObjectWriter>;
  /** @throws ObjectMissingError, ObjectDamagedError */
  open(key: string): Promise<ObjectReader>;
  exists(key: string): Promise<boolean>;
  /** Deleting what is not there is success. */
  delete(key: string): Promise<void>;
  /** Deletes every object under a prefix and says how many there were. The empty prefix is refused. */
  deletePrefix(prefix: string): Promise<{ deleted: number }>;
  /** In order of key. The empty prefix lists everything. */
  list(prefix: string): AsyncIterable<ObjectEntry>;
  /** Proves that something can be written now, where that costs little. @throws ObjectStoreError */
  probeWriting?(): Promise<void>;
}
