import { createHash, type Hash, randomUUID } from "node:crypto";
import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { mayHaveCommitted } from "../../platform/database/mayHaveCommitted.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import type { ObjectWriter } from "../../platform/objects/types.ts";
import { addParts, type Part, type StoredUpload } from "./uploadQueries.ts";
import { partsHome, requireUpload, sendToAssembly } from "./uploads.ts";

/** What a killed process loses at most is what came since the part before was recorded: two of these. */
const PART_BYTES = 8 * 1024 * 1024;

interface OpenPart {
  readonly key: string;
  readonly start: number;
  readonly writer: ObjectWriter;
  bytes: number;
}

/** A digest that the client sent along with bytes. */
export interface WantedChecksum {
  readonly algorithm: "sha1" | "sha256";
  readonly digest: Buffer;
}

export interface PartWriterOptions {
  readonly deps: Deps;
  readonly actor: Actor;
  readonly upload: StoredUpload;
  readonly checksum: WantedChecksum | null;
}

/**
 * Seals the bytes of one request into objects of up to 8 MiB, each recorded once it is durable, so that they are there
 * whatever happens to the rest. Recording asks each time whether the actor may still write there. With a checksum
 * nothing is recorded before all of the request has come and has that digest.
 */
export class PartWriter {
  readonly #options: PartWriterOptions;
  readonly #hash: Hash | null;
  readonly #waiting: Part[] = [];
  #part: OpenPart | null = null;
  /** One part becomes durable while the next one fills. */
  #ending: Promise<void> = Promise.resolve();
  /** Where the next byte goes. */
  #offset: number;

  constructor(options: PartWriterOptions) {
    this.#options = options;
    this.#hash = options.checksum && createHash(options.checksum.algorithm);
    this.#offset = options.upload.received;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash?.update(bytes);
    for (let at = 0; at < bytes.byteLength; ) {
      this.#part ??= await this.#open();
      const taken = Math.min(PART_BYTES - this.#part.bytes, bytes.byteLength - at);
      await this.#part.writer.write(bytes.subarray(at, at + taken));
      this.#part.bytes += taken;
      this.#offset += taken;
      at += taken;
      if (this.#part.bytes === PART_BYTES) await this.#endPart();
    }
  }

  /** All of the request has come. @returns the upload's new offset. @throws {AppError} checksum_mismatch. */
  async finish(): Promise<number> {
    await this.#endPart();
    await this.#ending;
    const { checksum } = this.#options;
    if (checksum && !this.#hash!.digest().equals(checksum.digest)) {
      throw new AppError(
        "checksum_mismatch",
        "These bytes do not have the checksum they were sent with, and were dropped. Send them again.",
      );
    }
    if (this.#waiting.length > 0) await this.#record(this.#waiting);
    this.#waiting.length = 0;
    return this.#offset;
  }

  /** The request broke off: what came of it stays, unless it cannot be told whether it is right. */
  async keep(): Promise<void> {
    if (this.#hash) return this.abort();
    await this.#endPart();
    await this.#ending;
  }

  async abort(): Promise<void> {
    await this.#ending.catch(() => undefined);
    await this.#part?.writer.abort();
    this.#part = null;
    for (const { key } of this.#waiting.splice(0)) await this.#options.deps.objects.delete(key);
  }

  async #open(): Promise<OpenPart> {
    const { deps, upload } = this.#options;
    const key = `${partsHome(upload.id)}${randomUUID()}`;
    const { organizationId } = upload;
    return {
      key,
      start: this.#offset,
      writer: await deps.objects.createWriter(key, { organizationId }),
      bytes: 0,
    };
  }

  async #endPart(): Promise<void> {
    const part = this.#part;
    if (part === null) return;
    await this.#ending;
    this.#part = null;
    this.#ending = this.#complete(part);
    // Thrown where it is waited for.
    this.#ending.catch(() => undefined);
  }

  async #complete({ key, start, bytes, writer }: OpenPart): Promise<void> {
    try {
      await writer.close();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    const part = { key, start, bytes };
    if (this.#hash) this.#waiting.push(part);
    else await this.#record([part]);
  }

  async #record(parts: readonly Part[]): Promise<void> {
    const { deps, actor, upload } = this.#options;
    try {
      await inTransaction(deps.db, actor.database, async (tx) => {
        await requireUpload(deps, tx, { actor, id: upload.id });
        const changed = await addParts(tx, upload, parts);
        if (!changed) {
          throw new AppError(
            "conflict",
            "Another request has gone on with this upload. Ask for its offset, and go on from there.",
          );
        }
        if (changed.status === "assembling") await sendToAssembly(deps, tx, changed);
      });
    } catch (error) {
      if (!mayHaveCommitted(error)) for (const { key } of parts) await deps.objects.delete(key);
      throw error;
    }
  }
}
