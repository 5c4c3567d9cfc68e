import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What becomes of one request. */
export type Fate =
  | "pass"
  /** Answered 503 with SlowDown; the store never hears of it. */
  | "slow down"
  /** The store does it, and the connection breaks before its answer. */
  | "lose the answer"
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly cutAfter: number }
  /** After so many bytes of the body nothing more comes, and the connection stays. */
  | { readonly freezeAfter: number };

export interface S3Proxy {
  readonly endpoint: string;
  /** Asked for each request, by what it is: `GET /bucket/key`. */
  decide: (what: string) => Fate;
  readonly requests: string[];
  /** Of the bodies of answers. */
  forwardedBytes: number;
  stop(): Promise<void>;
}

const slowDown =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>';

/** Stands between a client and S3, and passes headers on as they are: the signature is over them. */
export async function startS3Proxy(port: number): Promise<S3Proxy> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming, outgoing) => {
    const what = `${incoming.method} ${incoming.url}`;
    proxy.requests.push(what);
    const fate = proxy.decide(what);
    if (fate === "slow down") {
      incoming
        .resume()
        .on("end", () => outgoing.writeHead(503, { "content-type": "application/xml" }).end(slowDown));
      return;
    }
    passOn(incoming, outgoing, fate);
  });
  const passOn = (incoming: IncomingMessage, outgoing: ServerResponse, fate: Fate) => {
    const { method, url, headers } = incoming;
    const upstream = request({ host: "127.0.0.1", port, method, path: url, headers }, async (answer) => {
      if (fate === "lose the answer") {
        answer.resume().on("end", () => outgoing.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const limit = typeof fate === "string" ? Number.POSITIVE_INFINITY : Object.values(fate)[0];
      let passed = 0;
      const closed = new AbortController();
      outgoing.on("close", () => closed.abort());
      try {
        for await (const piece of answer as AsyncIterable<Buffer>) {
          const part = piece.subarray(0, limit - passed);
          passed += part.byteLength;
          proxy.forwardedBytes += part.byteLength;
          if (!outgoing.write(part)) await once(outgoing, "drain", { signal: closed.signal });
          if (passed < limit || outgoing.destroyed) continue;
          if (typeof fate === "object" && "freezeAfter" in fate) return;
          outgoing.destroy();
          return;
        }
        outgoing.end();
      } catch {
        outgoing.destroy();
      }
    });
    upstream.on("error", () => outgoing.destroy());
    outgoing.on("close", () => upstream.destroy());
    incoming.on("error", () => upstream.destroy()).pipe(upstream);
  };
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: S3Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    decide: () => "pass",
    requests: [],
    forwardedBytes: 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}
