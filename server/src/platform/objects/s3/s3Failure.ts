import { ObjectExistsError, ObjectMissingError, ObjectStoreError, systemCode } from "../errors.ts";

/** What a failed request to S3 means here. */
export type S3Failure =
  | "missing"
  | "no_bucket"
  | "no_upload"
  | "changed"
  | "empty_range"
  | "refused"
  | "no_credentials"
  | "clock"
  | "full"
  | "unsupported"
  | "temporary"
  | "unknown";

const byCode: Readonly<Record<string, S3Failure>> = {
  NoSuchKey: "missing",
  NoSuchBucket: "no_bucket",
  NoSuchUpload: "no_upload",
  PreconditionFailed: "changed",
  ConditionalRequestConflict: "changed",
  InvalidRange: "empty_range",
  AccessDenied: "refused",
  InvalidAccessKeyId: "refused",
  SignatureDoesNotMatch: "refused",
  ExpiredToken: "refused",
  InvalidToken: "refused",
  CredentialsProviderError: "no_credentials",
  RequestTimeTooSkewed: "clock",
  QuotaExceeded: "full",
  InsufficientStorage: "full",
  XMinioStorageFull: "full",
  NotImplemented: "unsupported",
  SlowDown: "temporary",
  RequestTimeout: "temporary",
  RequestTimeoutException: "temporary",
  OperationAborted: "temporary",
  // What the line altered fails its check there; sent again it may arrive whole.
  XAmzContentSHA256Mismatch: "temporary",
  BadDigest: "temporary",
  IncompleteBody: "temporary",
};

const byStatus: Readonly<Record<number, S3Failure>> = {
  401: "refused",
  403: "refused",
  404: "missing",
  408: "temporary",
  409: "changed",
  412: "changed",
  416: "empty_range",
  429: "temporary",
  501: "unsupported",
  507: "full",
};

export function failureOf(error: unknown): S3Failure {
  if (!(error instanceof Error)) return "unknown";
  const known = byCode[error.name];
  if (known !== undefined) return known;
  const status = statusOf(error);
  if (status !== undefined && status >= 300) {
    return byStatus[status] ?? (status >= 500 ? "temporary" : "unknown");
  }
  // Without a status nothing was answered: the connection was refused, cut, timed out, or the answer cut in the middle.
  return "temporary";
}

/** What went wrong and what to do, in words that hold no key and no address. */
const words = {
  no_bucket: "The object store has no such bucket any more. Restore it, or correct MAGTRACE_OBJECTS.",
  refused:
    "The object store refuses the access key. Check S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and what the key may do with the bucket.",
  no_credentials:
    "There is no access key for the object store. Set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or give the machine a role.",
  clock: "The object store refuses requests because this machine's clock is wrong. Correct the clock.",
  full: "The object store is full. Free space or raise the bucket's quota.",
  unsupported: "The object store lacks something MagTrace needs. Ask `magtrace storage check` what it is.",
} as const satisfies Partial<Record<S3Failure, string>>;

export type LastingFailure = keyof typeof words;

/** Faults of set-up: the same request fails until somebody changes something. */
export function isLasting(failure: S3Failure): failure is LastingFailure {
  return failure in words;
}

export function wordsOf(failure: LastingFailure): string {
  return words[failure];
}

/** The store's error for one of S3's. */
export function fromS3Error(key: string, error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const failure = failureOf(error);
  if (failure === "missing") return new ObjectMissingError(key, error);
  if (failure === "changed") return new ObjectExistsError(key, error);
  if (failure === "full") {
    return new ObjectStoreError(key, words.full, { code: "insufficient_storage", cause: error });
  }
  if (isLasting(failure)) return new ObjectStoreError(key, words[failure], { cause: error });
  return new ObjectStoreError(key, "The object store did not answer. Try again.", { cause: error });
}

function statusOf(error: Error): number | undefined {
  if (!("$metadata" in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number } | undefined)?.httpStatusCode;
}

/** A short name of what happened, for the log and `doctor`: `SlowDown`, `ECONNREFUSED`. */
export function s3Code(error: unknown): string {
  return systemCode(error) ?? (error instanceof Error ? error.name : "unknown");
}
