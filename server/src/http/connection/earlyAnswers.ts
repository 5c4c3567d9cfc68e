import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply, FastifyRequest, onSendHookHandler } from "fastify";

interface Lingering {
  /** How long what comes behind an answer is let pass: a gigabyte on a fast line takes less than two minutes. */
  readonly lingerMs: number;
  readonly stopping: AbortSignal | undefined;
}

/**
 * An answer for which not all of the body is needed is sent before the body has come, and says that the connection will
 * be closed: clients that look at answers while they send then stop. Others send all they have first, and a connection
 * closed under them would lose the answer, so what they send is let pass for a while.
 */
export function answerEarly(app: FastifyInstance, lingering: Lingering): void {
  // Behind the hooks that a route has by now: what is sent has been compressed where it will be.
  app.addHook("onRoute", (options) => {
    options.onSend = [...[options.onSend ?? []].flat(), linger(lingering)];
  });
}

function linger(lingering: Lingering): onSendHookHandler {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    const { raw } = request;
    if (hasCome(raw) || !isForm(raw)) return payload;
    // Clients stop by themselves when they are refused.
    if (reply.statusCode > 299 || payload === null || payload === undefined) {
      raw.resume();
      return payload;
    }
    const bytes = await bytesOf(payload);
    reply.header("Connection", "close").header("Content-Length", bytes.length);
    return Readable.from(lasting(bytes, raw, lingering), { objectMode: false });
  };
}

/** Other bodies are read whole before anything is answered; a download's, of which nobody makes anything, is not waited for. */
function isForm({ method, headers }: IncomingMessage): boolean {
  return method === "POST" && /^multipart\//i.test(headers["content-type"] ?? "");
}

/** Of a request that no connection carried, only its reader knows that it has ended. */
function hasCome({ complete, readableEnded }: IncomingMessage): boolean {
  return complete || readableEnded;
}

async function bytesOf(payload: unknown): Promise<Buffer> {
  if (typeof payload === "string") return Buffer.from(payload);
  if (payload instanceof Uint8Array) return Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  return Buffer.concat(await Array.fromAsync(payload as AsyncIterable<Uint8Array>));
}

/** All of an answer at once, whose end waits for the end of the body: with it Node closes the connection. */
async function* lasting(
  bytes: Buffer,
  body: IncomingMessage,
  { lingerMs, stopping }: Lingering,
): AsyncGenerator<Buffer> {
  yield bytes;
  if (hasCome(body) || body.destroyed || stopping?.aborted) return;
  await new Promise<void>((resolve) => {
    const over = (): void => {
      clearTimeout(late);
      stopping?.removeEventListener("abort", over);
      resolve();
    };
    const late = setTimeout(over, lingerMs);
    late.unref();
    stopping?.addEventListener("abort", over);
    for (const event of ["end", "close", "error"]) body.once(event, over);
    body.resume();
  });
}
