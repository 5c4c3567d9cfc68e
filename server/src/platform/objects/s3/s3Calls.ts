import { setTimeout as sleep } from "node:timers/promises";
import type * as Sdk from "@aws-sdk/client-s3";
import { failureOf } from "./s3Failure.ts";
import { type S3Patience, type S3Settings, usualPatience } from "./s3Settings.ts";

/** Slow readers keep their connections; nobody else shall wait for them. */
const MOST_CONNECTIONS = 500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
/** A line slower than this is as good as none. */
const LEAST_BYTES_PER_MS = 100;

/** A request of the SDK, by what goes in and what comes back. */
type Command<Input extends Sdk.ServiceInputTypes, Output extends Sdk.ServiceOutputTypes> = Sdk.$Command<
  Input,
  Output,
  Sdk.S3ClientResolvedConfig,
  Sdk.ServiceInputTypes,
  Sdk.ServiceOutputTypes
>;

export interface CallOptions {
  /** Bytes of the request's body. */
  readonly bytes?: number;
  /** How long the store may take to answer beyond the usual. */
  readonly extraMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Requests to one bucket, each tried again while that can help. */
export class S3Calls {
  readonly sdk: typeof Sdk;
  readonly bucket: string;
  readonly prefix: string;
  readonly patience: S3Patience;
  readonly client: Sdk.S3Client;

  constructor(sdk: typeof Sdk, client: Sdk.S3Client, { bucket, prefix }: S3Settings, patience: S3Patience) {
    this.sdk = sdk;
    this.client = client;
    this.bucket = bucket;
    this.prefix = prefix;
    this.patience = patience;
  }

  /** The names of an object in every request about it. */
  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: this.prefix + key };
  }

  /** The error of the last attempt is S3's own; see `fromS3Error`. */
  async send<Input extends Sdk.ServiceInputTypes, Output extends Sdk.ServiceOutputTypes>(
    command: Command<Input, Output>,
    { bytes = 0, extraMs = 0, signal }: CallOptions = {},
  ): Promise<Output> {
    const attemptMs = this.patience.attemptMs + extraMs + bytes / LEAST_BYTES_PER_MS;
    const lastMs = performance.now() + this.patience.retryForMs;
    for (let failures = 0; ; ) {
      try {
        return await this.#attempt(command, attemptMs, signal);
      } catch (error) {
        failures += 1;
        const pauseMs = pauseAfter(failures);
        const isLast = performance.now() + pauseMs > lastMs;
        if (isLast || signal?.aborted || failureOf(error) !== "temporary") throw error;
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  /** The limit is for the answer's beginning; who reads its body watches over that. */
  async #attempt<Input extends Sdk.ServiceInputTypes, Output extends Sdk.ServiceOutputTypes>(
    command: Command<Input, Output>,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Output> {
    const attempt = new AbortController();
    const giveUp = () => attempt.abort();
    const timer = setTimeout(giveUp, limitMs);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      return await this.client.send(command, { abortSignal: attempt.signal });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
    }
  }
}

/** Doubling, and each by chance between half of it and all: many that failed together do not come back together. */
export function pauseAfter(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

/** The SDK is read only where objects lie in S3: it takes 0.35 s of processor time and 35 MiB. */
export async function connectS3(
  settings: S3Settings,
  patience: S3Patience = usualPatience,
): Promise<S3Calls> {
  const sdk = await import("@aws-sdk/client-s3");
  const { accessKeyId, secretAccessKey } = settings;
  const agent = { maxSockets: MOST_CONNECTIONS, keepAlive: true };
  const client = new sdk.S3Client({
    region: settings.region,
    forcePathStyle: settings.pathStyle,
    ...(settings.endpoint === "" ? {} : { endpoint: settings.endpoint }),
    ...(accessKeyId === "" ? {} : { credentials: { accessKeyId, secretAccessKey } }),
    // Retries are ours, so that one place decides for how long.
    maxAttempts: 1,
    // Sealed bytes prove themselves, and requests carry their SHA-256; many stores know no other checksum.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { httpAgent: agent, httpsAgent: agent, connectionTimeout: 5_000, socketTimeout: 0 },
  });
  return new S3Calls(sdk, client, settings, patience);
}
