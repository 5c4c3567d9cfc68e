import type { IncomingMessage } from "node:http";
import { DataStore, Upload } from "@tus/server";
import type { Actor } from "../../access/actor.ts";
import { AppError } from "../../errors.ts";
import { inTransaction } from "../../platform/database/transaction.ts";
import type { ApiDeps } from "../../platform/deps.ts";
import { PartWriter, type WantedChecksum } from "./partWriter.ts";
import type { StoredUpload } from "./uploadQueries.ts";
import { failureOf, readUpload, requireUpload, retryUpload } from "./uploads.ts";

export const TUS_EXTENSIONS = ["creation", "creation-with-upload", "termination", "expiration", "checksum"];

export interface UploadStoreParts {
  readonly deps: ApiDeps;
  readonly actor: Actor;
  readonly raw: IncomingMessage;
  readonly checksum: WantedChecksum | null;
}

/**
 * What @tus/server asks of uploads, for one request: rows in the database, bytes in sealed objects. It reads the body of
 * the request itself, and not the stream it is handed: that one has been through four others, and a body of which only a
 * part was read that way keeps its connection from being used again.
 */
export class UploadStore extends DataStore {
  readonly #parts: UploadStoreParts;
  /** Of this request, as it was once nobody else worked on it. */
  #found: StoredUpload | undefined;

  constructor(parts: UploadStoreParts) {
    super();
    this.#parts = parts;
    this.extensions = TUS_EXTENSIONS;
  }

  override getExpiration(): number {
    return this.#parts.deps.config.UPLOAD_KEEP_HOURS * 3_600_000;
  }

  override async getUpload(id: string): Promise<Upload> {
    this.#found = await this.#find(id);
    const { length, received, metadata, updatedAt } = this.#found;
    // It counts the time to the end from here.
    const creation_date = updatedAt.toISOString();
    return new Upload({ id, size: length, offset: received, metadata: { ...metadata }, creation_date });
  }

  override async write(_stream: unknown, id: string, offset: number): Promise<number> {
    const { deps, actor, raw, checksum } = this.#parts;
    const upload = this.#found ?? (await this.#find(id));
    const writer = new PartWriter({ deps, actor, upload, checksum });
    try {
      await this.#copyBody(raw, writer, upload.length - offset);
    } catch (error) {
      await writer.abort();
      throw error;
    }
    return writer.finish().catch(async (error) => {
      await writer.abort();
      throw error;
    });
  }

  async #copyBody(raw: IncomingMessage, writer: PartWriter, mostBytes: number): Promise<void> {
    let left = mostBytes;
    const pieces: AsyncIterator<Uint8Array> = raw.iterator({ destroyOnReturn: false });
    for (;;) {
      const next = await pieces.next().catch(async (error) => {
        await writer.keep();
        throw error;
      });
      if (next.done) return;
      left -= next.value.byteLength;
      if (left < 0) throw new AppError("too_large", "These are more bytes than the upload was begun for.");
      await writer.write(next.value);
    }
  }

  /** Who asks for one that failed is told why; who goes on with it at its end has it tried again, where it can be. */
  async #find(id: string): Promise<StoredUpload> {
    const { deps, actor, raw } = this.#parts;
    const upload = await readUpload(deps, { actor, id: Number(id) });
    if (upload.status !== "failed") return upload;
    if (raw.method !== "PATCH") throw failureOf(upload);
    await inTransaction(deps.db, actor.database, async (tx) => {
      await requireUpload(deps, tx, { actor, id: upload.id });
      if (!(await retryUpload(deps, tx, upload.id))) throw failureOf(upload);
    });
    return readUpload(deps, { actor, id: upload.id });
  }
}
