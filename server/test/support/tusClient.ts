import { once } from "node:events";
import { type ClientRequest, request } from "node:http";

export interface TusAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { code?: string; error?: string; details?: Record<string, unknown> };
}

/** Speaks the tus protocol by hand, so that a test sees every header. */
export class TusClient {
  readonly address: string;
  readonly #token: string;

  constructor(address: string, token: string) {
    this.address = address;
    this.#token = token;
  }

  /** The same person at another api process. */
  at(address: string): TusClient {
    return new TusClient(address, this.#token);
  }

  async send(
    method: string,
    path: string,
    { headers = {}, bytes }: { headers?: Record<string, string>; bytes?: Uint8Array<ArrayBuffer> } = {},
  ): Promise<TusAnswer> {
    const response = await fetch(this.address + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, "tus-resumable": "1.0.0", ...headers },
      ...(bytes && { body: bytes }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  create(length: number, metadata: Record<string, string | number>): Promise<TusAnswer> {
    const pairs = Object.entries(metadata).map(
      ([name, value]) => `${name} ${Buffer.from(String(value)).toString("base64")}`,
    );
    return this.send("POST", "/api/datasets/uploads/", {
      headers: { "upload-length": String(length), "upload-metadata": pairs.join(",") },
    });
  }

  /** Where it was begun. */
  async begin(length: number, metadata: Record<string, string | number>): Promise<string> {
    const { status, headers, body } = await this.create(length, metadata);
    if (status !== 201) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
    return headers.get("location")!;
  }

  patch(
    path: string,
    offset: number,
    bytes: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<TusAnswer> {
    return this.send("PATCH", path, { headers: { ...patchHeaders(offset), ...headers }, bytes });
  }

  async offset(path: string): Promise<number> {
    const { status, headers } = await this.send("HEAD", path);
    if (status !== 200) throw new Error(`HEAD answered ${status}`);
    return Number(headers.get("upload-offset"));
  }

  /**
   * A PATCH that has announced more than it has sent: `bytes` are on their way when this resolves. `answered` with its
   * status, or 0 where the connection was closed.
   */
  async openPatch(
    path: string,
    offset: number,
    bytes: Uint8Array,
    announced: number,
  ): Promise<{ sent: ClientRequest; answered: Promise<number> }> {
    const sent = request(this.address + path, {
      method: "PATCH",
      headers: {
        authorization: `Bearer ${this.#token}`,
        "tus-resumable": "1.0.0",
        "content-length": String(announced),
        ...patchHeaders(offset),
      },
    });
    const answered = new Promise<number>((resolve) => {
      sent.on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", () => resolve(0));
    });
    if (!sent.write(bytes)) await Promise.race([once(sent, "drain"), answered]);
    return { sent, answered };
  }
}

function patchHeaders(offset: number): Record<string, string> {
  return { "upload-offset": String(offset), "content-type": "application/offset+octet-stream" };
}
