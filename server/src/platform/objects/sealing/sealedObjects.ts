import { randomBytes } from "node:crypto";
import { ObjectDamagedError } from "../errors.ts";
import { putObject } from "../putObject.ts";
import type {
  BackingObjects,
  ObjectEntry,
  ObjectReader,
  ObjectStore,
  ObjectWriter,
  PutOptions,
} from "../types.ts";
import { KeptSegments } from "./keptSegments.ts";
import type { Keyring } from "./masterKey.ts";
import {
  decodeHeader,
  encodeHeader,
  headerBytes,
  noncePrefixBytes,
  type SealedHeader,
} from "./sealedHeader.ts";
import { openSealedReader } from "./sealedReader.ts";
import { plainSize } from "./sealedSegments.ts";
import { SealedWriter } from "./sealedWriter.ts";

/**
 * Seals everything that goes into another store: AES-256-GCM, a data key per object, wrapped by a master key
 * (see sealedHeader.ts and sealedSegments.ts for the form). Sizes seen through it are plain sizes.
 */
export class SealedObjects implements ObjectStore {
  readonly #inner: BackingObjects;
  readonly #keyring: Keyring;
  readonly #kept = new KeptSegments();

  constructor(inner: BackingObjects, keyring: Keyring) {
    this.#inner = inner;
    this.#keyring = keyring;
  }

  /** The id of the master key that new objects are wrapped with. */
  get currentMasterKeyId(): string {
    return this.#keyring.current.id;
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    const inner = await this.#inner.createWriter(key, options);
    const header = { dataKey: randomBytes(32), noncePrefix: randomBytes(noncePrefixBytes) };
    try {
      await inner.write(encodeHeader(key, header, this.#keyring.current));
    } catch (error) {
      await inner.abort();
      throw error;
    }
    return new SealedWriter(inner, key, header);
  }

  async open(key: string): Promise<ObjectReader> {
    const inner = await this.#inner.open(key);
    try {
      const header = await this.#readHeader(key, inner);
      return await openSealedReader(inner, key, { header, kept: this.#kept });
    } catch (error) {
      await inner.close();
      throw error;
    }
  }

  exists(key: string): Promise<boolean> {
    return this.#inner.exists(key);
  }

  delete(key: string): Promise<void> {
    return this.#inner.delete(key);
  }

  deletePrefix(prefix: string): Promise<{ deleted: number }> {
    return this.#inner.deletePrefix(prefix);
  }

  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    for await (const entry of this.#inner.list(prefix)) yield { ...entry, size: plainSize(entry.size) };
  }

  /**
   * Wraps an object's data key under the current master key, leaving its content as it is. Returns false when
   * that was so already. Readers that are open go on.
   */
  async rewrap(key: string): Promise<boolean> {
    const inner = await this.#inner.open(key);
    let header: SealedHeader;
    try {
      header = await this.#readHeader(key, inner);
    } finally {
      await inner.close();
    }
    if (header.masterKeyId === this.#keyring.current.id) return false;
    await this.#inner.replaceStart(key, encodeHeader(key, header, this.#keyring.current));
    return true;
  }

  async #readHeader(key: string, inner: ObjectReader): Promise<SealedHeader> {
    if (inner.size < headerBytes) throw new ObjectDamagedError(key, "not_sealed");
    try {
      return decodeHeader(key, await inner.read(0, headerBytes), this.#keyring.byId);
    } catch (error) {
      if (!(error instanceof ObjectDamagedError)) throw error;
      // A header read in the instant it was being re-wrapped is half old and half new; the second look settles it.
      return decodeHeader(key, await inner.read(0, headerBytes), this.#keyring.byId);
    }
  }
}
