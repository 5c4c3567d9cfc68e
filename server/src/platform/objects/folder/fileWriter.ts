import { type FileHandle, rm } from "node:fs/promises";
import { fromSystemError } from "../errors.ts";
import type { ObjectWriter } from "../types.ts";

/** So much is brought to the disk while more arrives, so that little is left to wait for at the end. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;

/** Writes to a temporary name; `publish` gives the complete and synced file its own. */
export class FileWriter implements ObjectWriter {
  readonly #key: string;
  readonly #file: FileHandle;
  readonly #temporary: string;
  readonly #publish: () => Promise<void>;
  #unsynced = 0;
  #syncing: Promise<void> | null = null;
  #state: "open" | "published" | "aborted" = "open";

  constructor(parts: { key: string; file: FileHandle; temporary: string; publish: () => Promise<void> }) {
    this.#key = parts.key;
    this.#file = parts.file;
    this.#temporary = parts.temporary;
    this.#publish = parts.publish;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    try {
      for (let at = 0; at < bytes.byteLength; ) {
        at += (await this.#file.write(bytes, at, bytes.byteLength - at)).bytesWritten;
      }
      this.#unsynced += bytes.byteLength;
      if (this.#unsynced >= SYNC_EVERY_BYTES && this.#syncing === null) this.#syncSoon();
    } catch (error) {
      throw fromSystemError(this.#key, error);
    }
  }

  async close(): Promise<void> {
    this.#requireOpen();
    try {
      await this.#syncing;
      await this.#file.sync();
      await this.#file.close();
      await this.#publish();
    } catch (error) {
      await this.abort();
      throw fromSystemError(this.#key, error);
    }
    this.#state = "published";
  }

  async abort(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "aborted";
    await this.#syncing?.catch(() => undefined);
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true }).catch(() => undefined);
  }

  /** A failure is met again when the file is closed: the promise is kept then. */
  #syncSoon(): void {
    this.#unsynced = 0;
    const syncing = this.#file.datasync();
    this.#syncing = syncing;
    syncing.then(
      () => {
        this.#syncing = null;
      },
      () => undefined,
    );
  }

  #requireOpen(): void {
    if (this.#state !== "open") throw new TypeError(`the writer of ${this.#key} was ${this.#state} already`);
  }
}
