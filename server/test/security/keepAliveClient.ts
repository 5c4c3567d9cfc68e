import { Agent, type IncomingMessage, request as startRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { GeneratedRequest } from "./requestArbitrary.ts";

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly requestId: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface KeepAliveClient {
  send(request: Pick<GeneratedRequest, "method" | "target" | "headers" | "body">): Promise<Reply>;
  close(): void;
}

/** What the api compresses with for whoever says that they take it. */
const DECODERS: Partial<Record<string, (bytes: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
};
const PATIENCE_MS = 60_000;

/** Sends requests as they are written, over connections that stay. */
export function createKeepAliveClient(address: string, connections: number): KeepAliveClient {
  const { hostname, port } = new URL(address);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ method, target, headers, body }) =>
      new Promise((resolve, reject) => {
        const outgoing = startRequest({
          agent,
          hostname,
          port,
          method,
          path: target,
          headers: { ...headers, ...(body ? { "content-length": String(body.length) } : {}) },
          timeout: PATIENCE_MS,
        });
        outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer for ${PATIENCE_MS} ms`)));
        outgoing.once("error", reject);
        outgoing.once("response", (response) => readReply(response).then(resolve, reject));
        outgoing.end(body ?? undefined);
      }),
    close: () => agent.destroy(),
  };
}

async function readReply(response: IncomingMessage): Promise<Reply> {
  const contentType = response.headers["content-type"] ?? "";
  const head = {
    status: response.statusCode ?? 0,
    contentType,
    requestId: response.headers["x-request-id"] as string | undefined,
    headers: response.headers,
  };
  // A stream of events does not end.
  if (contentType.startsWith("text/event-stream")) {
    response.destroy();
    return { ...head, text: "" };
  }
  const bytes = await buffer(response);
  const decode = DECODERS[response.headers["content-encoding"] ?? ""];
  return { ...head, text: (decode && bytes.length > 0 ? decode(bytes) : bytes).toString() };
}
