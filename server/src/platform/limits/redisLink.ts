import { Redis } from "ioredis";
import type { Log } from "../logs/log.ts";

const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 500;
/** How long Redis is left alone after it failed, so that not every request waits for it. */
const REST_MS = 2_000;

/** A connection to Redis that may be lost at any time; whoever uses it asks `usable` first and can do without. */
export interface RedisLink {
  readonly client: Redis;
  usable(): boolean;
  /** A command failed. */
  failed(error: unknown): void;
  close(): Promise<void>;
}

/** Resolves when connected, or once it is clear that Redis does not answer now; it goes on trying by itself. */
export async function openRedis(url: string, log: Log): Promise<RedisLink> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, REST_MS),
  });
  let lost = false;
  let restsUntilMs = 0;

  const lose = (error: unknown) => {
    if (lost) return;
    lost = true;
    log.warn({ err: error }, "Redis does not answer; limits are counted in this process alone");
  };
  client.on("error", lose);
  client.on("close", () => lose(undefined));
  client.on("ready", () => {
    if (lost) log.info("Redis answers again; limits are counted there");
    lost = false;
    // What failed was the connection before.
    restsUntilMs = 0;
  });
  await client.connect().catch(lose);

  return {
    client,
    usable: () => client.status === "ready" && performance.now() >= restsUntilMs,
    failed(error) {
      restsUntilMs = performance.now() + REST_MS;
      log.warn({ err: error }, "a command to Redis failed; limits are counted in this process for a moment");
    },
    async close() {
      client.removeAllListeners("close");
      client.disconnect();
    },
  };
}
