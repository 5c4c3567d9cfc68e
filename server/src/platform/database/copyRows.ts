import { once } from "node:events";
import type { Socket } from "node:net";
import type pg from "pg";

/** Rows are gathered into pieces of this size: PostgreSQL sends a message for each row. */
const PIECE_BYTES = 256 * 1024;
/** Pieces that may wait to be taken before the server is held up. */
const MOST_WAITING = 4;

/** What of the library's connection a COPY needs; its types leave it out. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(bytes: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/** What the library calls on a query that it was handed as an object. */
interface Submitted {
  submit(connection: CopyConnection): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(message: { text?: string }): void;
  handleCopyInResponse?(connection: CopyConnection): void;
  handleCopyData?(message: { chunk: Uint8Array }, connection: CopyConnection): void;
}

function submit(client: pg.ClientBase, submitted: Submitted): void {
  (client as unknown as { query(query: Submitted): void }).query(submitted);
}

/**
 * The bytes of a `COPY … TO STDOUT`, in pieces of about 256 KiB, each newly allocated. Whoever takes them slowly holds up
 * the server, and no more than about 1 MiB waits here. Taken to its end, or the connection is of no further use.
 */
export async function* copyOut(client: pg.ClientBase, text: string): AsyncGenerator<Uint8Array> {
  const waiting: Uint8Array[] = [];
  let piece = Buffer.allocUnsafe(PIECE_BYTES);
  let filled = 0;
  let done = false;
  let failure: Error | undefined;
  let socket: Socket | undefined;
  let wake = () => {};

  function push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const length = Math.min(bytes.byteLength - at, PIECE_BYTES - filled);
      piece.set(bytes.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled === PIECE_BYTES) flush();
    }
  }
  function flush(): void {
    if (filled > 0) waiting.push(piece.subarray(0, filled));
    piece = Buffer.allocUnsafe(PIECE_BYTES);
    filled = 0;
    if (waiting.length >= MOST_WAITING) socket?.pause();
    wake();
  }
  submit(client, {
    submit(connection) {
      socket = connection.stream;
      connection.query(text);
    },
    handleCopyData: ({ chunk }) => push(chunk),
    handleError(error) {
      failure = error;
      wake();
    },
    handleCommandComplete: () => {},
    handleReadyForQuery() {
      done = true;
      flush();
    },
  });
  const broken = (error: Error) => {
    failure ??= error;
    wake();
  };
  client.on("error", broken);
  try {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) {
        if (waiting.length < MOST_WAITING) socket?.resume();
        yield next;
      } else if (failure !== undefined) {
        throw failure;
      } else if (done) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    client.off("error", broken);
    // Nobody takes the rest.
    if (done || failure !== undefined) socket?.resume();
    else socket?.destroy();
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
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  const { promise: ready, resolve: begin } = Promise.withResolvers<CopyConnection | null>();
  ended.catch(() => {});
  let failure: Error | undefined;
  let rows = 0;
  const fail = (error: Error) => {
    failure ??= error;
    reject(error);
    begin(null);
  };
  submit(client, {
    submit: (connection) => connection.query(text),
    handleCopyInResponse: (connection) => begin(connection),
    handleCommandComplete(message) {
      rows = Number(/\d+$/.exec(message.text ?? "")?.[0] ?? 0);
    },
    handleError: fail,
    handleReadyForQuery: () => resolve(rows),
  });
  client.on("error", fail);
  try {
    const connection = await ready;
    if (connection !== null) await send(connection, source, () => failure);
    return await ended;
  } finally {
    client.off("error", fail);
  }
}

async function send(
  connection: CopyConnection,
  source: AsyncIterable<Uint8Array>,
  failed: () => Error | undefined,
): Promise<void> {
  try {
    for await (const bytes of source) {
      const failure = failed();
      if (failure !== undefined) throw failure;
      connection.sendCopyFromChunk(bytes);
      const { stream } = connection;
      if (stream.writableNeedDrain && !stream.destroyed)
        await Promise.race([once(stream, "drain"), once(stream, "close")]);
    }
  } catch (error) {
    if (failed() === undefined) connection.sendCopyFail("the rows could not be read");
    throw error;
  }
  connection.endCopyFrom();
}
