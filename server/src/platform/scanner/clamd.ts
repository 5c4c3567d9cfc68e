import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { AppError } from "../../errors.ts";
import type { Scan, Scanner } from "./scanner.ts";

export interface ClamdOptions {
  /** `host:port`, or the path of a socket. */
  readonly address: string;
  /** What clamd takes in one stream: no more than its StreamMaxLength. */
  readonly mostBytes: number;
  readonly timeoutMs?: number;
}

/** A longer file is looked at in pieces that share so much: what would be cut in two lies whole in one of them. */
const OVERLAP_BYTES = 1024 * 1024;

/**
 * ClamAV's daemon, by its INSTREAM command: length and bytes, chunk by chunk, a length of zero, then one line of
 * verdict. Fails closed: without a verdict a file is not taken. Source: clamd(8), COMMANDS.
 */
export function createClamd(options: ClamdOptions): Scanner {
  const { mostBytes } = options;
  const overlap = Math.min(OVERLAP_BYTES, Math.floor(mostBytes / 4));
  return {
    async begin(): Promise<Scan> {
      let stream = await openStream(options);
      let taken = 0;
      let found: string | null = null;
      let tail = Buffer.alloc(0);

      async function take(bytes: Uint8Array): Promise<void> {
        await stream.send(bytes);
        taken += bytes.length;
        tail = Buffer.concat([tail, bytes]).subarray(-overlap);
      }

      async function nextPiece(): Promise<void> {
        found ??= await stream.verdict();
        stream = await openStream(options);
        await stream.send(tail);
        taken = tail.length;
      }

      return {
        async write(chunk) {
          for (let at = 0; at < chunk.length && found === null; ) {
            if (taken >= mostBytes) await nextPiece();
            const part = chunk.subarray(at, at + mostBytes - taken);
            await take(part);
            at += part.length;
          }
        },
        async verdict() {
          if (found !== null) stream.close();
          return found ?? stream.verdict();
        },
        abandon: () => stream.close(),
      };
    },
    async ping() {
      const said = await ask(options, "zPING\0");
      if (said !== "PONG") throw unavailable(`it answers ${said}`);
    },
  };
}

interface Stream {
  send(bytes: Uint8Array): Promise<void>;
  verdict(): Promise<string | null>;
  close(): void;
}

async function openStream(options: ClamdOptions): Promise<Stream> {
  const socket = await open(options);
  const answer = answerOf(socket);
  // Told early, as it does when a stream is too long: then writing fails first, and the reason is in the answer.
  answer.catch(() => undefined);
  await send(socket, Buffer.from("zINSTREAM\0"));
  return {
    async send(bytes) {
      if (bytes.length === 0) return;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      await send(socket, Buffer.concat([length, bytes]));
    },
    async verdict() {
      await send(socket, Buffer.alloc(4));
      const said = (await answer).replace(/^stream: /, "");
      socket.destroy();
      if (said === "OK") return null;
      const [, name] = /^(.+) FOUND$/.exec(said) ?? [];
      if (name === undefined) throw unavailable(said);
      return name;
    },
    close: () => socket.destroy(),
  };
}

async function ask(options: ClamdOptions, command: string): Promise<string> {
  const socket = await open(options);
  try {
    const answer = answerOf(socket);
    await send(socket, Buffer.from(command));
    return await answer;
  } finally {
    socket.destroy();
  }
}

async function open({ address, timeoutMs = 60_000 }: ClamdOptions): Promise<Socket> {
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  const socket = host && port ? connect(Number(port), host) : connect(address);
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no answer in time")));
  try {
    await once(socket, "connect");
  } catch (cause) {
    throw unavailable("it cannot be reached", cause);
  }
  return socket;
}

/** Up to the NUL that ends it, or the end. */
async function answerOf(socket: Socket): Promise<string> {
  let text = "";
  try {
    for await (const part of socket) {
      text += part;
      if (text.includes("\0")) break;
    }
  } catch (cause) {
    throw unavailable("the connection broke", cause);
  }
  if (text === "") throw unavailable("it hung up");
  return text.split("\0")[0]!.trim();
}

async function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed) throw unavailable("the connection broke");
  if (socket.write(bytes)) return;
  const ended = new AbortController();
  try {
    await Promise.race([
      once(socket, "drain", { signal: ended.signal }),
      once(socket, "close", { signal: ended.signal }),
    ]);
  } finally {
    ended.abort();
  }
}

function unavailable(why: string, cause?: unknown): AppError {
  return new AppError(
    "dependency_unavailable",
    "The virus scanner does not answer, so the file was not kept. Try again in a moment.",
    { cause: new Error(`clamd: ${why}`, { cause }) },
  );
}
