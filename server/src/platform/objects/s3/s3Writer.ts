import { randomBytes } from "node:crypto";
import { ObjectExistsError } from "../errors.ts";
import type { ObjectWriter } from "../types.ts";
import type { S3Calls } from "./s3Calls.ts";
import { failureOf, fromS3Error } from "./s3Failure.ts";

const MIB = 1 << 20;
const PART_BYTES = 8 * MIB;
/** Parts of the usual size, 31 GiB. Beyond them each thousand doubles, so that 10,000 parts hold more than S3 takes. */
const USUAL_PARTS = 4_000;
const FIRST_BUFFER_BYTES = MIB;
/** S3 puts the parts of a large object together before it answers. */
const COMPLETE_MS = 120_000;

interface Part {
  readonly PartNumber: number;
  ETag: string | undefined;
}

/**
 * Writes one object: what fits into a part by one request, more in parts while the next one fills. Two parts are in
 * memory at most.
 */
export class S3Writer implements ObjectWriter {
  readonly #calls: S3Calls;
  readonly #key: string;
  readonly #metadata: Record<string, string>;
  readonly #mark = randomBytes(16).toString("hex");
  readonly #stopping = new AbortController();
  readonly #parts: Part[] = [];
  #state: "open" | "closed" | "aborted" = "open";
  #buffer: Uint8Array | undefined;
  #length = 0;
  #spare: Uint8Array | undefined;
  #uploadId: string | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(calls: S3Calls, key: string, organizationId: number | undefined) {
    this.#calls = calls;
    this.#key = key;
    this.#metadata = {
      "magtrace-write": this.#mark,
      ...(organizationId === undefined ? {} : { "magtrace-organization": String(organizationId) }),
    };
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#requireOpen();
    for (let at = 0; at < bytes.byteLength; ) {
      const partBytes = partBytesOf(this.#parts.length + 1);
      // Only now is it certain that more follows.
      if (this.#length === partBytes) {
        await this.#sendPart();
        continue;
      }
      const taken = Math.min(partBytes - this.#length, bytes.byteLength - at);
      const buffer = this.#withRoom(this.#length + taken, partBytes);
      buffer.set(bytes.subarray(at, at + taken), this.#length);
      this.#length += taken;
      at += taken;
    }
  }

  async close(): Promise<void> {
    this.#requireOpen();
    try {
      await (this.#uploadId === undefined ? this.#putWhole() : this.#complete());
    } catch (error) {
      await this.abort();
      throw fromS3Error(this.#key, error);
    }
    this.#state = "closed";
    this.#release();
  }

  async abort(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "aborted";
    this.#stopping.abort();
    await this.#sending.catch(() => undefined);
    this.#release();
    if (this.#uploadId === undefined) return;
    const { sdk } = this.#calls;
    const upload = { ...this.#calls.at(this.#key), UploadId: this.#uploadId };
    // Where this fails as well, the bucket's rule for unfinished uploads ends it (`magtrace storage harden`).
    await this.#calls.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
  }

  async #putWhole(): Promise<void> {
    const { sdk } = this.#calls;
    const body = (this.#buffer ?? new Uint8Array(0)).subarray(0, this.#length);
    const put = new sdk.PutObjectCommand({
      ...this.#calls.at(this.#key),
      Body: body,
      ContentLength: body.byteLength,
      Metadata: this.#metadata,
      IfNoneMatch: "*",
    });
    await this.#onlyOnce(() => this.#calls.send(put, { bytes: body.byteLength }));
  }

  async #complete(): Promise<void> {
    if (this.#length > 0) await this.#sendPart();
    await this.#sending;
    // Ceph and others heed IfNoneMatch at a put alone; the key's row (rows/) is what no second writer gets past.
    if ((await this.#markOfFound()) !== null) throw new ObjectExistsError(this.#key);
    const { sdk } = this.#calls;
    const complete = new sdk.CompleteMultipartUploadCommand({
      ...this.#calls.at(this.#key),
      UploadId: this.#uploadId,
      MultipartUpload: { Parts: this.#parts },
      IfNoneMatch: "*",
    });
    await this.#onlyOnce(() => this.#calls.send(complete, { extraMs: COMPLETE_MS }));
  }

  /**
   * A request whose answer was lost is sent again, and then the store says that the key is taken, or the upload gone: by
   * us, if our mark is on the object.
   */
  async #onlyOnce(send: () => Promise<unknown>): Promise<void> {
    try {
      await send();
    } catch (error) {
      const failure = failureOf(error);
      if (failure !== "changed" && failure !== "no_upload") throw error;
      const found = await this.#markOfFound();
      if (found === this.#mark) return;
      throw found === null ? error : new ObjectExistsError(this.#key, error);
    }
  }

  /** Null where there is no object. */
  async #markOfFound(): Promise<string | undefined | null> {
    const { sdk } = this.#calls;
    try {
      const found = await this.#calls.send(new sdk.HeadObjectCommand(this.#calls.at(this.#key)));
      return found.Metadata?.["magtrace-write"];
    } catch (error) {
      if (failureOf(error) === "missing") return null;
      throw error;
    }
  }

  /** Waits for the part before it, whose memory the next one fills. */
  async #sendPart(): Promise<void> {
    try {
      await this.#sending;
      this.#uploadId ??= await this.#begin();
    } catch (error) {
      throw fromS3Error(this.#key, error);
    }
    const buffer = this.#buffer!;
    const body = buffer.subarray(0, this.#length);
    const part: Part = { PartNumber: this.#parts.length + 1, ETag: undefined };
    this.#parts.push(part);
    this.#buffer = this.#spare;
    this.#spare = undefined;
    this.#length = 0;
    this.#sending = this.#upload(part, body).then(() => {
      this.#spare = buffer;
    });
    // A failure is thrown by the next write or close, and must not end the process before.
    this.#sending.catch(() => undefined);
  }

  async #begin(): Promise<string | undefined> {
    const { sdk } = this.#calls;
    const create = { ...this.#calls.at(this.#key), Metadata: this.#metadata };
    return (await this.#calls.send(new sdk.CreateMultipartUploadCommand(create))).UploadId;
  }

  async #upload(part: Part, body: Uint8Array): Promise<void> {
    const { sdk } = this.#calls;
    const upload = new sdk.UploadPartCommand({
      ...this.#calls.at(this.#key),
      UploadId: this.#uploadId,
      PartNumber: part.PartNumber,
      Body: body,
      ContentLength: body.byteLength,
    });
    const { ETag } = await this.#calls.send(upload, {
      bytes: body.byteLength,
      signal: this.#stopping.signal,
    });
    part.ETag = ETag;
  }

  #withRoom(length: number, most: number): Uint8Array {
    const before = this.#buffer;
    if (before !== undefined && before.byteLength >= length) return before;
    const size = Math.min(most, Math.max(length, FIRST_BUFFER_BYTES, 2 * (before?.byteLength ?? 0)));
    const larger = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
    if (before !== undefined) larger.set(before.subarray(0, this.#length));
    this.#buffer = larger;
    return larger;
  }

  #release(): void {
    this.#buffer = undefined;
    this.#spare = undefined;
  }

  #requireOpen(): void {
    if (this.#state !== "open") throw new TypeError(`the writer of ${this.#key} was ${this.#state} already`);
  }
}

/** @param number of the part, from 1. */
export function partBytesOf(number: number): number {
  return PART_BYTES * 2 ** Math.max(0, Math.ceil((number - USUAL_PARTS) / 1_000));
}
