import type { HttpRequest, HttpResponse, HttpStack } from "tus-js-client";
import { forgeryHeader } from "./csrfToken.ts";

/** A line that died without a word is given up when nothing has moved for so long, ms. */
const STALLED_MS = 60_000;
/** The last answer waits until the server has made one file of the parts. */
const UNANSWERED_MS = 5 * 60_000;

/** How tus-js-client asks the server: with the session's token, and a checksum of what it sends. */
export const tusHttpStack: HttpStack = {
  createRequest: (method, url) => new TusRequest(method, url),
  getName: () => "TusRequest",
};

/** One request of the tus protocol. XMLHttpRequest, because fetch cannot tell how much of a body has been sent. */
export class TusRequest implements HttpRequest {
  readonly #method: string;
  readonly #url: string;
  readonly #xhr = new XMLHttpRequest();
  readonly #headers: Record<string, string> = {};
  #isAborted = false;
  #onMoved: (bytesSent: number) => void = () => undefined;

  constructor(method: string, url: string) {
    this.#method = method;
    this.#url = url;
    this.#xhr.open(method, url);
  }

  getMethod(): string {
    return this.#method;
  }

  getURL(): string {
    return this.#url;
  }

  setHeader(name: string, value: string): void {
    this.#xhr.setRequestHeader(name, value);
    this.#headers[name] = value;
  }

  getHeader(name: string): string | undefined {
    return this.#headers[name];
  }

  setProgressHandler(handler: (bytesSent: number) => void): void {
    this.#onMoved = handler;
  }

  /**
   * @param body A part of a file, or nothing. It is read once: what is sent are the bytes that were hashed.
   * @throws {DOMException} NotReadableError: the file has changed since it was chosen.
   */
  async send(body: Blob | null): Promise<HttpResponse> {
    const bytes = body === null ? null : await body.arrayBuffer();
    const checksum = bytes === null ? null : await checksumOf(bytes);
    if (checksum !== null) this.setHeader("Upload-Checksum", checksum);
    for (const [name, value] of Object.entries(await forgeryHeader())) this.setHeader(name, value);
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    const xhr = this.#xhr;
    const giveUp = () => {
      xhr.abort();
      reject(new Error("nothing moved any more"));
    };
    let timer = window.setTimeout(giveUp, STALLED_MS);
    const giveUpAfter = (ms: number) => {
      window.clearTimeout(timer);
      timer = window.setTimeout(giveUp, ms);
    };
    xhr.upload.onprogress = ({ loaded }) => {
      giveUpAfter(STALLED_MS);
      this.#onMoved(loaded);
    };
    xhr.upload.onload = () => giveUpAfter(UNANSWERED_MS);
    xhr.onload = () => resolve(responseOf(xhr));
    xhr.onerror = () => reject(new Error("no answer came"));
    // Nobody listens any more, but what waits for it ends.
    xhr.onabort = () => reject(new Error("aborted"));
    if (this.#isAborted) reject(new Error("aborted"));
    else xhr.send(bytes);
    try {
      return await promise;
    } finally {
      window.clearTimeout(timer);
    }
  }

  async abort(): Promise<void> {
    // Aborting what has not been sent yet does nothing and tells nobody.
    this.#isAborted = true;
    this.#xhr.abort();
  }

  getUnderlyingObject(): XMLHttpRequest {
    return this.#xhr;
  }
}

function responseOf(xhr: XMLHttpRequest): HttpResponse {
  return {
    getStatus: () => xhr.status,
    getHeader: (name) => xhr.getResponseHeader(name) ?? undefined,
    getBody: () => xhr.responseText,
    getUnderlyingObject: () => xhr,
  };
}

/** Null where the browser has no digests: for pages that came over HTTP from another machine. */
async function checksumOf(bytes: ArrayBuffer): Promise<string | null> {
  const digests: SubtleCrypto | undefined = globalThis.crypto.subtle;
  if (digests === undefined) return null;
  const digest = new Uint8Array(await digests.digest("SHA-256", bytes));
  return `sha256 ${btoa(String.fromCharCode(...digest))}`;
}
