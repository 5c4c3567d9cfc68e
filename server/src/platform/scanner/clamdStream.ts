import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { ScannerUnavailable } from "./scanner.ts";

export interface ClamdAddress {
  /** `host:port`, or the path of a socket. */
  readonly address: string;
  /** Most that we wait for it at any one point. */
  readonly timeoutMs: number;
}

/** One INSTREAM command under way. */
export interface ClamdStream {
  /** Resolves when more can be taken. */
  send(bytes: Uint8Array): Promise<void>;
  /** @returns the name of what was found, or null. */
  verdict(): Promise<string | null>;
  close(): void;
}

/** Length and bytes, chunk by chunk, a length of zero, then one line of verdict. Source: clamd(8), COMMANDS. */
export async function openStream(options: ClamdAddress): Promise<ClamdStream> {
  const socket = await open(options);
  const answer = answerOf(socket);
  // Told early, as it does when a stream is too long: then writing fails first, and the reason is in the answer.
  answer.catch(() => undefined);
  let sent = 0;

  async function write(...parts: Uint8Array[]): Promise<void> {
    try {
      for (const part of parts) {
        await send(socket, part, options);
        sent += part.length;
      }
    } catch (error) {
      const said = await answer.catch(() => null);
      if (said !== null) verdictOf(said);
      throw sent < FEWEST_BYTES ? error : brokenOff(error);
    }
  }

  await write(Buffer.from("zINSTREAM\0"));
  return {
    async send(bytes) {
      if (bytes.length > 0) await write(lengthOf(bytes.length), bytes);
    },
    async verdict() {
      await write(lengthOf(0));
      const found = verdictOf(await inTime(answer, socket, options));
      socket.destroy();
      return found;
    },
    close: () => socket.destroy(),
  };
}

/** The answer to a command of one word. */
export async function askClamd(options: ClamdAddress, command: string): Promise<string> {
  const socket = await open(options);
  try {
    const answer = answerOf(socket);
    answer.catch(() => undefined);
    await send(socket, Buffer.from(`z${command}\0`), options);
    return await inTime(answer, socket, options);
  } finally {
    socket.destroy();
  }
}

const LIMITS = "CLAMD_STREAM_MAX_MIB must be no more than StreamMaxLength in clamd.conf.";
/** A daemon that ends the connection before is not there; one that does so later has had enough. */
const FEWEST_BYTES = 64 * 1024;

/** It hangs up at once when a stream is too long, and what it says is mostly lost with the connection. */
function brokenOff(cause: unknown): ScannerUnavailable {
  return new ScannerUnavailable(
    `The virus scanner broke off before the end of this file. ${LIMITS}`,
    "it hung up in the middle of a stream",
    cause,
  );
}

function lengthOf(bytes: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

function verdictOf(said: string): string | null {
  const [, verdict = said] = /^stream: (.*)$/s.exec(said) ?? [];
  if (verdict === "OK") return null;
  const [, name] = /^(.+) FOUND$/.exec(verdict) ?? [];
  if (name !== undefined) return name;
  if (/size limit exceeded/.test(verdict)) {
    throw new ScannerUnavailable(
      `The virus scanner takes less of a file at once than it is sent. ${LIMITS}`,
      `it says: ${verdict}`,
    );
  }
  throw new ScannerUnavailable(
    "The virus scanner answered without saying whether this file is clean.",
    `it says: ${JSON.stringify(said.slice(0, 200))}`,
  );
}

async function open(options: ClamdAddress): Promise<Socket> {
  const { address } = options;
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  const socket = host && port ? connect(Number(port), host) : connect(address);
  // What breaks it is seen by whoever waits for it.
  socket.on("error", () => undefined);
  try {
    await inTime(once(socket, "connect"), socket, options);
  } catch (cause) {
    if (cause instanceof ScannerUnavailable) throw cause;
    throw absent("it cannot be reached", cause);
  }
  return socket;
}

const LONGEST_ANSWER = 10_000;

/** Up to the NUL that ends it, or the end. */
async function answerOf(socket: Socket): Promise<string> {
  let text = "";
  try {
    for await (const part of socket) {
      text += part;
      if (text.includes("\0") || text.length > LONGEST_ANSWER) break;
    }
  } catch (cause) {
    throw absent("the connection broke", cause);
  }
  if (text === "") throw absent("it hung up");
  return text.split("\0")[0]!.trim();
}

async function send(socket: Socket, bytes: Uint8Array, options: ClamdAddress): Promise<void> {
  if (socket.destroyed) throw absent("the connection broke");
  if (socket.write(bytes)) return;
  const ended = new AbortController();
  try {
    const drained = Promise.race([
      once(socket, "drain", { signal: ended.signal }),
      once(socket, "close", { signal: ended.signal }),
    ]);
    await inTime(drained, socket, options);
  } finally {
    ended.abort();
  }
}

/** Only what we wait for the daemon counts, and not what we wait for bytes to send it. */
async function inTime<T>(
  work: Promise<T>,
  socket: Socket,
  { timeoutMs }: Pick<ClamdAddress, "timeoutMs">,
): Promise<T> {
  work.catch(() => undefined);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(absent(`no answer within ${timeoutMs / 1000} s`));
    socket.destroy();
  }, timeoutMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function absent(why: string, cause?: unknown): ScannerUnavailable {
  return new ScannerUnavailable("The virus scanner does not answer.", why, cause);
}
