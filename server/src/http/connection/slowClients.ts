import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import type { Bounds } from "./bounds.ts";
import { rawRefusal } from "./rawRefusal.ts";

/** One request and its answer on a connection, and how long we have waited for the client. */
interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Kept here: a stream that breaks takes it from the request. */
  readonly socket: Socket;
  readonly readAtStart: number;
  readonly writtenAtStart: number;
  bytesRead: number;
  /** Since the last byte of the body, and in all; only while we wanted more. */
  stillMs: number;
  waitedMs: number;
  /** With bytes ready that the client did not take. */
  blockedMs: number;
}

/**
 * Cuts connections whose client sends a body, or takes an answer, so slowly that it can only mean to hold the
 * connection: nothing for `idleMs`, or less than `leastBytesPerSecond` on average after that. What we are slow at
 * ourselves does not count. A stream of events has nothing to take between its heartbeats, so it may last.
 */
export function cutSlowClients(app: FastifyInstance, bounds: Bounds): void {
  const exchanges = new Set<Exchange>();
  app.addHook("onRequest", async (request, reply) => {
    const { socket } = request.raw;
    if (!socket || typeof socket.bytesRead !== "number") return;
    const exchange: Exchange = {
      request,
      reply,
      socket,
      readAtStart: socket.bytesRead,
      writtenAtStart: socket.bytesWritten,
      bytesRead: socket.bytesRead,
      stillMs: 0,
      waitedMs: 0,
      blockedMs: 0,
    };
    exchanges.add(exchange);
    // The socket's own clock also sees parts of one large write being taken; ours sees whole writes.
    reply.raw.setTimeout(bounds.idleMs, () => {
      if (socket.writableLength > 0) cut(exchange, "takes nothing");
    });
  });

  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const passedMs = Math.min(nowMs - lastMs, 2 * bounds.checkEveryMs);
    lastMs = nowMs;
    for (const exchange of exchanges) {
      if (isOver(exchange)) exchanges.delete(exchange);
      else checkPace(exchange, passedMs, bounds);
    }
  }, bounds.checkEveryMs);
  timer.unref();
  app.addHook("onClose", async () => clearInterval(timer));
}

function isOver({ request, reply, socket }: Exchange): boolean {
  return socket.destroyed || (reply.raw.closed && request.raw.complete);
}

function checkPace(exchange: Exchange, passedMs: number, bounds: Bounds): void {
  const { socket } = exchange;
  const { raw } = exchange.request;
  const graceMs = bounds.idleMs;
  const leastPerMs = bounds.leastBytesPerSecond / 1000;

  if (!raw.complete && raw.readableLength < raw.readableHighWaterMark) {
    exchange.stillMs = socket.bytesRead === exchange.bytesRead ? exchange.stillMs + passedMs : 0;
    exchange.waitedMs += passedMs;
    const received = socket.bytesRead - exchange.readAtStart;
    if (exchange.stillMs > graceMs) cut(exchange, "stalls");
    else if (exchange.waitedMs > graceMs + received / leastPerMs) cut(exchange, "trickles");
  }
  exchange.bytesRead = socket.bytesRead;

  if (socket.writableLength > 0) {
    exchange.blockedMs += passedMs;
    const handedOver = socket.bytesWritten - exchange.writtenAtStart;
    if (exchange.blockedMs > graceMs + handedOver / leastPerMs) cut(exchange, "takes too little");
  }
}

function cut({ request, reply, socket }: Exchange, why: string): void {
  request.log.warn({ why }, "a client that is too slow was cut off");
  if (!reply.raw.headersSent) {
    const refusal = new AppError(
      "too_slow",
      "The request came too slowly. Check the connection, and try again.",
    );
    socket.write(rawRefusal(refusal, request.id));
    socket.destroySoon();
  } else socket.destroy();
}
