import { randomBytes } from "node:crypto";
import { ObjectDamagedError, ObjectMissingError } from "../errors.ts";
import { requireObjectKey, requireObjectPrefix } from "../objectKey.ts";
import { putObject } from "../putObject.ts";
import type { ObjectRow, ObjectRows } from "../rows/objectRows.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "../types.ts";
import { KeptSegments } from "./keptSegments.ts";
import type { Keyring } from "./masterKey.ts";
import { readHeader } from "./sealedHeader.ts";
import { openSealedReader } from "./sealedReader.ts";
import { noncePrefixBytes, plainSize } from "./sealedSegments.ts";
import { SealedWriter } from "./sealedWriter.ts";
import { unwrapDataKey, wrapDataKey } from "./wrappedKey.ts";

/** Entries of a listing whose rows are looked up at once. */
const rowsAtOnce = 1_000;

export interface SealedObjectsParts {
  readonly inner: ObjectStore;
  readonly rows: ObjectRows;
  readonly keyring: Keyring;
}

/**
 * Seals everything that goes into another store: AES-256-GCM, a data key per object, which lies wrapped by a master
 * key in the object's row (wrappedKey.ts, sealedSegments.ts). Sizes seen through it are plain sizes. Objects of the
 * time before there were rows bring their key along in a header (sealedHeader.ts).
 */
export class SealedObjects implements ObjectStore {
  readonly #inner: ObjectStore;
  readonly #rows: ObjectRows;
  readonly #keyring: Keyring;
  readonly #kept = new KeptSegments();

  constructor({ inner, rows, keyring }: SealedObjectsParts) {
    this.#inner = inner;
    this.#rows = rows;
    this.#keyring = keyring;
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  /** The row comes before the first byte, so that no object is ever there without its key. */
  async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    requireObjectKey(key);
    // So that, from the moment a new master key is in place, nothing is begun with the older one.
    await this.#keyring.reload?.();
    const dataKey = { dataKey: randomBytes(32), noncePrefix: randomBytes(noncePrefixBytes) };
    const wrapped = wrapDataKey(key, dataKey, { format: 2, masterKey: this.#keyring.current });
    await this.#rows.insert({ key, size: null, organizationId: options.organizationId ?? null, ...wrapped });
    try {
      return this.#writer(key, new SealedWriter(await this.#inner.createWriter(key, options), key, dataKey));
    } catch (error) {
      await this.#rows.remove(key);
      throw error;
    }
  }

  async open(key: string): Promise<ObjectReader> {
    requireObjectKey(key);
    const [row, opening] = await Promise.allSettled([this.#rows.find(key), this.#inner.open(key)]);
    if (opening.status === "rejected") throw opening.reason;
    const inner = opening.value;
    try {
      if (row.status === "rejected") throw row.reason;
      return await this.#openWith(row.value, key, inner);
    } catch (error) {
      await inner.close();
      throw error;
    }
  }

  exists(key: string): Promise<boolean> {
    return this.#inner.exists(key);
  }

  /**
   * Begun and not finished, it is as good as deleted, and the sweep ends it. While a backup is under way it is not
   * finished: rows that the backup has copied may speak of the object.
   */
  async delete(key: string): Promise<void> {
    requireObjectKey(key);
    await this.#rows.markDeleting(key);
    if (await this.#rows.keepsDeleted()) return;
    await this.#inner.delete(key);
    await this.#rows.remove(key);
  }

  async deletePrefix(prefix: string): Promise<{ deleted: number }> {
    requireObjectPrefix(prefix);
    if (prefix === "") return this.#inner.deletePrefix(prefix);
    await this.#rows.markDeleting(prefix);
    if (await this.#rows.keepsDeleted()) return { deleted: 0 };
    const deleted = await this.#inner.deletePrefix(prefix);
    await this.#rows.remove(prefix);
    return deleted;
  }

  async probeWriting(): Promise<void> {
    await this.#inner.probeWriting?.();
  }

  /** Without those that are being deleted. The time is that of the row where there is one. */
  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    let batch: ObjectEntry[] = [];
    for await (const entry of this.#inner.list(prefix)) {
      if (batch.push(entry) < rowsAtOnce) continue;
      yield* await this.#withRows(batch);
      batch = [];
    }
    yield* await this.#withRows(batch);
  }

  async #openWith(row: ObjectRow | undefined, key: string, inner: ObjectReader): Promise<ObjectReader> {
    if (row?.state === "deleting") throw new ObjectMissingError(key);
    if (row !== undefined) {
      if (row.size !== null && row.size !== plainSize(inner.size, row.format)) {
        throw new ObjectDamagedError(key, "length_altered");
      }
      if (!this.#keyring.byId.has(row.masterKeyId)) await this.#keyring.reload?.();
      const dataKey = unwrapDataKey(key, row, this.#keyring.byId);
      return await openSealedReader(inner, key, { kept: this.#kept, format: row.format, dataKey });
    }
    try {
      const dataKey = await readHeader(inner, key, this.#keyring.byId);
      return await openSealedReader(inner, key, { kept: this.#kept, format: 1, dataKey });
    } catch (error) {
      // Deleted while we looked: first the object went, then its row.
      if (error instanceof ObjectDamagedError && !(await this.exists(key))) throw new ObjectMissingError(key);
      throw error;
    }
  }

  #writer(key: string, writer: SealedWriter): ObjectWriter {
    let size = 0;
    let isOpen = true;
    return {
      write: async (bytes) => {
        await writer.write(bytes);
        size += bytes.byteLength;
      },
      close: async () => {
        await writer.close();
        isOpen = false;
        await this.#rows.markCommitted(key, size);
      },
      abort: async () => {
        if (!isOpen) return;
        isOpen = false;
        await writer.abort();
        await this.#rows.remove(key);
      },
    };
  }

  async #withRows(entries: readonly ObjectEntry[]): Promise<ObjectEntry[]> {
    if (entries.length === 0) return [];
    const rows = await this.#rows.findAll(entries.map(({ key }) => key));
    const byKey = new Map(rows.map((row) => [row.key, row]));
    return entries.flatMap((entry) => {
      const row = byKey.get(entry.key);
      if (row?.state === "deleting") return [];
      const size = plainSize(entry.size, row?.format ?? 1);
      return [{ key: entry.key, size, modifiedAt: row?.changedAt ?? entry.modifiedAt }];
    });
  }
}
