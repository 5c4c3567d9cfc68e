import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { MadeBytes } from "../../platform/byteThread/byteThread.ts";

/** Sends what a thread makes, as fast as it is taken, and ends that however the sending ends. */
export function sendPieces(reply: FastifyReply, made: MadeBytes<unknown>): FastifyReply {
  const stream = Readable.from(made.pieces, { objectMode: false });
  // Not by the iterator: of a client that has left already it is never begun.
  stream.once("close", () => made.end());
  return reply.send(stream);
}
