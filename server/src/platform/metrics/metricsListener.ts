import { createServer, type Server } from "node:http";
import type { Log } from "../logs/log.ts";

export interface MetricsListener {
  close(): Promise<void>;
}

export interface MetricsListenerOptions {
  readonly host: string;
  readonly port: number;
  /** All metrics as text. */
  readonly collect: () => Promise<string>;
  readonly contentType: string;
  readonly log: Log;
}

const TRY_AGAIN_MS = 5_000;

/**
 * Answers GET /metrics on a port of its own, to be reached by whoever watches and nobody else. A port that is taken is
 * tried again until it is free: for want of being watched nothing stops working.
 */
export function serveMetrics({
  host,
  port,
  collect,
  contentType,
  log,
}: MetricsListenerOptions): MetricsListener {
  // Several who ask at once share one look.
  let collecting: Promise<string> | undefined;
  const server: Server = createServer(async (request, response) => {
    if (request.url !== "/metrics" || request.method !== "GET") {
      response.writeHead(404).end();
      return;
    }
    try {
      collecting ??= collect().finally(() => {
        collecting = undefined;
      });
      response.writeHead(200, { "Content-Type": contentType }).end(await collecting);
    } catch (error) {
      log.warn({ err: error }, "metrics could not be collected");
      response.writeHead(500).end();
    }
  });
  let retry: NodeJS.Timeout | undefined;
  server.on("error", (error) => {
    log.error({ err: error, port }, "metrics cannot be served; it is tried again");
    retry = setTimeout(() => server.listen({ host, port }), TRY_AGAIN_MS);
    retry.unref();
  });
  server.on("listening", () => log.info({ address: server.address() }, "metrics are served"));
  server.listen({ host, port });
  server.unref();
  return {
    async close() {
      clearTimeout(retry);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
