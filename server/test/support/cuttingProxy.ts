import { connect, createServer, type Socket } from "node:net";
import pg from "pg";

/** What becomes of the COMMIT that follows a statement containing a text. */
export type Cut = "after the commit" | "before the commit";

export interface CuttingProxy {
  /** The same database, through the proxy. */
  readonly url: string;
  /** Breaks the connection of the next transaction that runs a statement containing `text`. Resolves when it has. */
  cut(text: string, when: Cut): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Stands between a client and PostgreSQL. On command it loses the answer to a COMMIT, which the server then has carried
 * out, or the COMMIT itself, which the server then never hears of: the client sees the same broken connection.
 */
export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const { host, port } = new pg.Client({ connectionString: databaseUrl });
  const target = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const sockets = new Set<Socket>();
  let order: { text: string; when: Cut; done: () => void } | null = null;

  const server = createServer((client) => {
    const upstream = connect(target);
    let isMarked = false;
    let isCut = false;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", end).on("error", end);
    }
    client.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      if (order && text.includes(order.text)) isMarked = true;
      if (order === null || !isMarked || isCut || !text.includes("COMMIT")) {
        upstream.write(bytes);
        return;
      }
      isCut = true;
      const { when, done } = order;
      order = null;
      if (when === "after the commit") upstream.write(bytes);
      else end();
      upstream.once("close", done);
    });
    upstream.on("data", (bytes) => {
      // The server has answered, so it has committed; nobody will hear of it.
      if (isCut) end();
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.searchParams.delete("host");
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    cut: (text, when) =>
      new Promise((done) => {
        order = { text, when, done };
      }),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
