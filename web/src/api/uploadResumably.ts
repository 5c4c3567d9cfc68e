import type { DetailedError, FileReader } from "tus-js-client";
import { ApiError, errorFromBody, unreachableError } from "./apiError.ts";
import { forgetToken } from "./csrfToken.ts";
import { tusHttpStack } from "./tusRequest.ts";

const UPLOADS_PATH = "/api/datasets/uploads/";
/**
 * One request's share of a file, as long as what the server keeps as one part: with a checksum it keeps a request as a
 * whole or not at all, so a break costs no more than this.
 */
export const CHUNK_BYTES = 8 * 1024 * 1024;
/** Growing pauses between tries, for about half an hour; they begin anew whenever something has arrived. */
const RETRY_DELAYS_MS = [1000, 2000, 4000, 8000, 15_000, ...Array<number>(60).fill(30_000)];

export interface ResumableFile {
  readonly file: File;
  readonly metadata: Record<string, string>;
  /** Of an upload that was begun before. */
  readonly uploadId: number | null;
}

export interface ResumableEvents {
  /** The server keeps what arrives under this id. */
  readonly onBegun: (uploadId: number) => void;
  readonly onProgress: (fraction: number) => void;
  /** Nothing gets through, and it is tried again by itself. */
  readonly onInterrupted: (words: string) => void;
}

/**
 * Sends a file by the tus protocol until all of it is there.
 * @throws {ApiError} also where `signal` aborts it: "cancelled". What has arrived stays on the server.
 */
export async function uploadResumably(
  { file, metadata, uploadId }: ResumableFile,
  { onBegun, onProgress, onInterrupted }: ResumableEvents,
  signal: AbortSignal,
): Promise<void> {
  // Most people's files are short: who sends a long one waits for this a moment.
  const { Upload } = await import("tus-js-client");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const endpoint = new URL(UPLOADS_PATH, window.location.href).href;
  let isWaiting = false;
  const upload = new Upload(file, {
    ...(uploadId === null ? { endpoint } : { uploadUrl: `${endpoint}${uploadId}/` }),
    metadata,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    httpStack: tusHttpStack,
    fileReader,
    fingerprint: async () => "",
    storeFingerprintForResuming: false,
    onUploadUrlAvailable: () => {
      // With an endpoint it would begin anew, from the first byte, whenever the server does not say where to go on.
      upload.options.endpoint = null;
      onBegun(uploadIdOf(upload.url));
    },
    onProgress: (sent, total) => {
      isWaiting = false;
      onProgress(sent / total);
    },
    onShouldRetry: (error, attempt) => {
      const words = retryWords(error, attempt);
      isWaiting = words !== null;
      if (words !== null) onInterrupted(words);
      return isWaiting;
    },
    onSuccess: () => resolve(),
    onError: (error) => reject(apiErrorOf(error)),
  });
  const cancel = () => {
    void upload.abort();
    reject(cancelledError());
  };
  const goOn = () => {
    if (!isWaiting) return;
    void upload.abort();
    upload.start();
  };
  signal.addEventListener("abort", cancel);
  window.addEventListener("online", goOn);
  if (signal.aborted) cancel();
  else upload.start();
  try {
    await promise;
  } finally {
    signal.removeEventListener("abort", cancel);
    window.removeEventListener("online", goOn);
  }
}

/** The address of an upload that was begun. */
export function uploadPath(uploadId: number): string {
  return `datasets/uploads/${uploadId}/`;
}

export function cancelledError(): ApiError {
  return new ApiError("You cancelled this upload.", { status: 0, code: "cancelled" });
}

/** Hands over parts of a file unread: each is read when it is sent. */
const fileReader: FileReader = {
  openFile: async (file: File) => ({
    size: file.size,
    slice: async (start: number, end: number) => ({
      value: file.slice(start, end),
      done: end >= file.size,
    }),
    close: () => undefined,
  }),
};

function uploadIdOf(url: string | null): number {
  return Number(/\/(\d+)\/$/.exec(url ?? "")?.[1]);
}

/** What is said while it is tried again, or null where the answer would be the same. */
function retryWords(error: DetailedError, attempt: number): string | null {
  const { originalResponse: response, causingError } = error;
  if (response === null) return isUnreadable(causingError) ? null : "connection lost, trying again";
  const status = response.getStatus();
  const { code } = errorFromBody(status, response.getBody());
  if (code === "csrf_refused" && attempt === 0) {
    // Signed out and in again in another tab: the session is another one, and so is its token.
    forgetToken();
    return "signing in again";
  }
  if (code === "dependency_unavailable") return null;
  if (status === 429) return "the server asks to wait, trying again";
  if (status === 409 || status === 460) return "some of it got lost, trying again";
  return [423, 500, 502, 503, 504].includes(status) ? "the server is away, trying again" : null;
}

function isUnreadable(error: Error | null): boolean {
  return error?.name === "NotReadableError" || error?.name === "NotFoundError";
}

function apiErrorOf(error: Error | DetailedError): Error {
  if (!("originalRequest" in error) || error.originalRequest === null) return error;
  const { originalResponse: response, causingError } = error;
  if (response !== null) {
    return errorFromBody(response.getStatus(), response.getBody(), response.getHeader("retry-after") ?? null);
  }
  if (!isUnreadable(causingError)) return unreachableError();
  return new ApiError("The file was changed or moved while it was sent. Dismiss it, and choose it again.", {
    status: 0,
    code: "unreadable_here",
  });
}
