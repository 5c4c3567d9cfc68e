import pg from "pg";

export interface ClientOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  /** How long to wait for the connection; for ever when left out. */
  readonly connectMs?: number;
}

/** Lends a connection of its own, outside of any pool. Where it breaks, the statement under way fails. */
export async function withClient<T>(
  { url, name, connectMs }: ClientOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    keepAlive: true,
    ...(connectMs === undefined ? {} : { connectionTimeoutMillis: connectMs }),
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
