import { type FileHandle, rm } from "node:fs/promises";
import { fromSystemError } from "../errors.ts";
import type { ObjectWriter } from "../types.ts";

/** Writes to a temporary name; `publish` gives the complete and synced file its own. */
export class FileWriter implements ObjectWriter {
  readonly #key: string;
  readonly #file: FileHandle;
  readonly #temporary: string;
  readonly #publish: () => Promise<void>;
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
    } catch (error) {
      throw fromSystemError(this.#key, error);
    }
  }

  async close(): Promise<void> {
    this.#requireOpen();
    try {
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
    await this.#file.close().catch(() => undefined);
    await rm(this.#temporary, { force: true }).catch(() => undefined);
  }

  #requireOpen(): void {
    if (this.#state !== "open") throw new TypeError(`the writer of ${this.#key} was ${this.#state} already`);
  }
}
