import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The line between a browser and the server, which fails after so many bytes from the browser. */
export interface UploadLine {
  readonly port: number;
  /** Bytes that came from the browser since `reset`. */
  sentBytes(): number;
  /**
   * From now on it is whole, until the browser has sent so many bytes more. Then it is `cut`, with all its connections,
   * and takes no new ones; or the connection that sent the last of them is `held`: it stays open, and nothing gets through.
   */
  reset(failure?: { afterBytes: number; how: "cut" | "held" }): void;
  /** Resolves once it has failed. */
  failed(): Promise<void>;
  stop(): Promise<void>;
}

export async function startUploadLine(targetPort: number): Promise<UploadLine> {
  const sockets = new Set<Socket>();
  let sent = 0;
  let failure: { afterBytes: number; how: "cut" | "held" } | undefined;
  let isCut = false;
  let failed = Promise.withResolvers<void>();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(targetPort, "127.0.0.1");
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    upstream.pipe(client);
    client.on("data", (bytes) => {
      sent += bytes.length;
      const fails = failure !== undefined && sent > failure.afterBytes ? failure.how : null;
      if (fails === null) {
        if (!upstream.write(bytes)) {
          client.pause();
          upstream.once("drain", () => client.resume());
        }
        return;
      }
      failure = undefined;
      if (fails === "held") client.pause();
      else {
        isCut = true;
        cut();
      }
      failed.resolve();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sentBytes: () => sent,
    reset(next) {
      sent = 0;
      isCut = false;
      failure = next;
      failed = Promise.withResolvers<void>();
    },
    failed: () => failed.promise,
    async stop() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
