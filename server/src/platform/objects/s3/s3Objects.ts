import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { AppError } from "../../../errors.ts";
import { ObjectStoreError } from "../errors.ts";
import { requireObjectKey, requireObjectPrefix } from "../objectKey.ts";
import { putObject } from "../putObject.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "../types.ts";
import { connectS3, pauseAfter, type S3Calls } from "./s3Calls.ts";
import { failureOf, fromS3Error, isLasting, wordsOf } from "./s3Failure.ts";
import { beforeIdle, type OpenedObject, S3Reader } from "./s3Reader.ts";
import type { S3Patience, S3Settings } from "./s3Settings.ts";
import { S3Writer } from "./s3Writer.ts";

/** What comes with the opening: a sealed object's last segment, which proves its length. */
const TAIL_BYTES = 65_552;
/** As many as S3 lists and deletes by one request. */
const PAGE = 1_000;

/**
 * Objects in a bucket, each under the prefix and its key.
 * @throws AppError invalid_config where the bucket is not there or the access key not good.
 */
export async function openS3Objects(settings: S3Settings, patience?: S3Patience): Promise<S3Objects> {
  const calls = await connectS3(settings, patience);
  await requireBucket(calls);
  return new S3Objects(calls);
}

export class S3Objects implements ObjectStore {
  readonly #calls: S3Calls;

  /** Use `openS3Objects`, which looks whether the bucket is there. */
  constructor(calls: S3Calls) {
    this.#calls = calls;
  }

  put(key: string, source: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<{ size: number }> {
    return putObject(this, key, source, options);
  }

  async createWriter(key: string, { organizationId }: PutOptions = {}): Promise<ObjectWriter> {
    requireObjectKey(key);
    return new S3Writer(this.#calls, key, organizationId);
  }

  async open(key: string): Promise<ObjectReader> {
    requireObjectKey(key);
    return new S3Reader(this.#calls, key, await this.#openTail(key));
  }

  /** By the first byte and not by HEAD, whose answer does not tell a missing object from a missing bucket. */
  async exists(key: string): Promise<boolean> {
    requireObjectKey(key);
    const { sdk } = this.#calls;
    try {
      const get = new sdk.GetObjectCommand({ ...this.#calls.at(key), Range: "bytes=0-0" });
      const { Body } = await this.#calls.send(get);
      (Body as Readable).resume();
      return true;
    } catch (error) {
      const failure = failureOf(error);
      if (failure === "missing") return false;
      if (failure === "empty_range") return true;
      throw fromS3Error(key, error);
    }
  }

  async delete(key: string): Promise<void> {
    requireObjectKey(key);
    const { sdk } = this.#calls;
    try {
      await this.#calls.send(new sdk.DeleteObjectCommand(this.#calls.at(key)));
    } catch (error) {
      if (failureOf(error) !== "missing") throw fromS3Error(key, error);
    }
  }

  async deletePrefix(prefix: string): Promise<{ deleted: number }> {
    if (prefix === "") throw new RangeError("refusing to delete every object: the prefix is empty");
    let deleted = 0;
    for await (const page of this.#pages(prefix)) {
      await this.#deleteAll(page.map(({ key }) => key));
      deleted += page.length;
    }
    return { deleted };
  }

  async *list(prefix: string): AsyncGenerator<ObjectEntry> {
    for await (const page of this.#pages(prefix)) yield* page;
  }

  async *#pages(prefix: string): AsyncGenerator<ObjectEntry[]> {
    requireObjectPrefix(prefix);
    const { sdk, bucket, prefix: root } = this.#calls;
    let after: string | undefined;
    do {
      const list = new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: root + prefix,
        MaxKeys: PAGE,
        ContinuationToken: after,
      });
      let page: ListObjectsV2CommandOutput;
      try {
        page = await this.#calls.send(list);
      } catch (error) {
        throw fromS3Error(prefix, error);
      }
      yield (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified = new Date(0) }) => ({
        key: Key.slice(root.length),
        size: Size,
        modifiedAt: LastModified,
      }));
      after = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (after !== undefined);
  }

  async #deleteAll(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { sdk, bucket } = this.#calls;
    const Objects = keys.map((key) => ({ Key: this.#calls.at(key).Key }));
    const command = new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
    let failed: { Key?: string | undefined; Code?: string | undefined }[] = [];
    try {
      failed = (await this.#calls.send(command)).Errors ?? [];
    } catch (error) {
      throw fromS3Error(keys[0] ?? "", error);
    }
    const [first] = failed.filter(({ Code }) => Code !== "NoSuchKey");
    if (first === undefined) return;
    const cause = Object.assign(new Error("not deleted"), { name: first.Code ?? "unknown" });
    throw fromS3Error(first.Key ?? "", cause);
  }

  /** Size and last bytes by one request. Its bytes are few, so that a broken connection is simply tried again. */
  async #openTail(key: string): Promise<OpenedObject> {
    const { sdk, patience } = this.#calls;
    const lastMs = performance.now() + patience.retryForMs;
    for (let failures = 0; ; ) {
      try {
        const get = new sdk.GetObjectCommand({ ...this.#calls.at(key), Range: `bytes=-${TAIL_BYTES}` });
        const answer = await this.#calls.send(get);
        const tail = Buffer.concat(
          await Array.fromAsync(beforeIdle(answer.Body as Readable, patience.idleMs)),
        );
        const size = sizeOf(answer);
        if (tail.byteLength !== Math.min(size, TAIL_BYTES))
          throw new Error("the answer ended before its length");
        return { size, etag: answer.ETag, tail };
      } catch (error) {
        const failure = failureOf(error);
        if (failure === "empty_range") return { size: 0, etag: undefined, tail: new Uint8Array(0) };
        failures += 1;
        const pauseMs = pauseAfter(failures);
        if (failure !== "temporary" || performance.now() + pauseMs > lastMs) throw fromS3Error(key, error);
        await sleep(pauseMs);
      }
    }
  }
}

/** Of the whole object: the store answers with all of one that is shorter than the range. */
function sizeOf({
  ContentRange,
  ContentLength,
}: {
  ContentRange?: string | undefined;
  ContentLength?: number | undefined;
}): number {
  const total = ContentRange === undefined ? ContentLength : Number(ContentRange.split("/").at(-1));
  if (total === undefined || !Number.isSafeInteger(total)) throw new Error("the answer has no length");
  return total;
}

/** @throws AppError invalid_config where the bucket is not there or the access key not good. */
export async function requireBucket(calls: S3Calls): Promise<void> {
  const { sdk, bucket, prefix } = calls;
  try {
    await calls.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: 1 }));
  } catch (error) {
    const failure = failureOf(error);
    if (isLasting(failure)) throw new AppError("invalid_config", wordsOf(failure), { cause: error });
    throw new ObjectStoreError("", "The object store did not answer. Check S3_ENDPOINT, and that it runs.", {
      cause: error,
    });
  }
}
