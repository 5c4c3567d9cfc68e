import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  /** Header names in lower case; empty unless bodies are kept. */
  readonly headers: ReadonlyMap<string, string>;
  /** Empty unless bodies are kept. */
  readonly body: Buffer;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: string;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");
const NOTHING = Buffer.alloc(0);

/** A request's bytes, made once and sent often. */
export function requestBytes(host: string, { method, path, token, body }: HttpRequest): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`];
  if (token !== undefined) lines.push(`Authorization: Bearer ${token}`);
  if (body !== undefined)
    lines.push("Content-Type: application/json", `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}

/**
 * One keep-alive connection that asks one request after the other. It looks only for an answer's status and end:
 * node:http costs the generator as much as some of the servers it is to measure. A chunked answer is taken to end
 * where its last chunk would, which holds for JSON.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #keepsBody: boolean;
  #parts: Buffer[] = [];
  #head: { status: number; text: string; bodyBytes: number | null } | undefined;
  #bodyBytes = 0;
  #answered: ((answer: Answer) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;

  constructor(port: number, { keepsBody = false } = {}) {
    this.#keepsBody = keepsBody;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    const fail = (error: Error) => this.#failed?.(error);
    this.#socket.on("error", fail);
    this.#socket.on("close", () => fail(new Error("the connection was closed before the answer's end")));
  }

  ask(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#failed = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#parts.push(chunk);
    if (this.#head) this.#bodyBytes += chunk.length;
    else this.#takeHead();
    if (this.#head && this.#isWhole(this.#head)) this.#finish(this.#head);
  }

  #takeHead(): void {
    const bytes = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return;
    const text = bytes.toString("latin1", 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(text);
    const status = Number(text.slice(9, 12));
    this.#head = { status, text, bodyBytes: chunked ? null : Number(length ?? 0) };
    const body = bytes.subarray(end + HEAD_END.length);
    this.#parts = [body];
    this.#bodyBytes = body.length;
  }

  #isWhole({ bodyBytes }: { bodyBytes: number | null }): boolean {
    if (bodyBytes !== null) return this.#bodyBytes >= bodyBytes;
    if (!this.#keepsBody && this.#parts.length > 2) this.#parts = this.#parts.slice(-2);
    const last = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts.slice(-2));
    return last.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
  }

  #finish({ status, text }: { status: number; text: string }): void {
    const answer = this.#keepsBody
      ? { status, headers: headersOf(text), body: Buffer.concat(this.#parts) }
      : { status, headers: new Map<string, string>(), body: NOTHING };
    this.#head = undefined;
    this.#parts = [];
    this.#bodyBytes = 0;
    this.#answered?.(answer);
  }
}

function headersOf(head: string): Map<string, string> {
  const lines = head.split("\r\n").slice(1);
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
