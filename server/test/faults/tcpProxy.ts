import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

/** A TCP connection between two processes, that a test can cut, delay and refuse. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection there is, in the middle of whatever it carries. */
  cut(): void;
  /** Holds back everything that comes by so many ms; 0 as usual. */
  delay(ms: number): void;
  /** New connections are closed at once; those there are stay. */
  refuse(refusing: boolean): void;
  stop(): Promise<void>;
}

type Target = { readonly port: number } | { readonly path: string };

export async function startTcpProxy(target: () => Target): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const found = target();
    const upstream = "path" in found ? connect(found.path) : connect(found.port, "127.0.0.1");
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on("error", end).on("close", () => {
        sockets.delete(from);
        end();
      });
      pass(from, to, () => delayMs);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    delay(ms) {
      delayMs = ms;
    },
    refuse(now) {
      refusing = now;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** In order, each piece not before its time, and no more of it in memory than the other side takes. */
function pass(from: Socket, to: Socket, delayMs: () => number): void {
  from.on("data", async (bytes) => {
    from.pause();
    const ms = delayMs();
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    if (to.destroyed) return;
    if (!to.write(bytes)) to.once("drain", () => from.resume());
    else from.resume();
  });
  from.on("end", () => to.end());
}
