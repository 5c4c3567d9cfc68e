import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from, to } from "pg-copy-streams";

/** What waits here at most for whoever takes rows slowly; then the server is held up. */
const MOST_WAITING_BYTES = 1024 * 1024;

/**
 * The bytes of a `COPY … TO STDOUT`, in pieces of some 64 KiB. Taken to its end, or the connection is of no further use.
 */
export async function* copyOut(client: pg.ClientBase, text: string): AsyncGenerator<Uint8Array> {
  let isWhole = false;
  try {
    for await (const piece of client.query(to(text, { highWaterMark: MOST_WAITING_BYTES }))) yield piece;
    isWhole = true;
  } finally {
    // Nobody takes the rest.
    if (!isWhole) breakOff(client);
  }
}

/**
 * Sends `source` as the rows of a `COPY … FROM STDIN`, no faster than the server takes them.
 * @returns How many rows the server counted.
 */
export async function copyIn(
  client: pg.ClientBase,
  text: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  const rows = client.query(from(text));
  await pipeline(source, rows);
  return rows.rowCount;
}

/** The library's connection, which its types leave out. */
function breakOff(client: pg.ClientBase): void {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
