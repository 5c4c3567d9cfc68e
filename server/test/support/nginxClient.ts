import type { ClientRequest, IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import { NGINX_HOST, type NginxServer } from "./nginxServer.ts";

export interface NginxAnswer {
  readonly status: number;
  /** Values of each header, by its name in small letters, as often as it came. */
  readonly headers: Record<string, string[] | undefined>;
  readonly bytes: Buffer;
}

/** Begins a request to the name that nginx answers to; whoever calls it sends the body. */
export function begin(nginx: NginxServer, path: string, options: RequestOptions = {}): ClientRequest {
  return request({
    host: "127.0.0.1",
    port: nginx.httpsPort,
    servername: NGINX_HOST,
    ca: nginx.ca,
    agent: false,
    ...options,
    path,
    headers: { host: NGINX_HOST, ...options.headers },
  });
}

/** The whole answer to a request, which is ended with `body`. */
export async function ask(
  nginx: NginxServer,
  path: string,
  { body, ...options }: RequestOptions & { readonly body?: Uint8Array | string } = {},
): Promise<NginxAnswer> {
  const sent = begin(nginx, path, options);
  const answered = answerOf(sent);
  sent.end(body);
  return answered;
}

export function answerOf(sent: ClientRequest): Promise<NginxAnswer> {
  return new Promise((resolve, reject) => {
    let answered = false;
    sent.once("response", (response) => {
      answered = true;
      wholeOf(response).then(resolve, reject);
    });
    // Who is refused before the end of a body is cut off; the answer counts.
    sent.on("error", (error) => answered || reject(error));
  });
}

async function wholeOf(response: IncomingMessage): Promise<NginxAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: response.headersDistinct,
    bytes: Buffer.concat(chunks),
  };
}

export function jsonOf({ bytes }: NginxAnswer): Record<string, unknown> {
  return JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
}
