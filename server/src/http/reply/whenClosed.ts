import type { FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** What is done once its answer is closed. */
    closing: (() => void)[] | null;
  }
}

/**
 * Calls back once when the answer has gone, or its client. One listener for all who wait for it: Node warns of an
 * answer that more than ten listen to.
 */
export function whenClosed(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  if (request.closing) {
    request.closing.push(done);
    return;
  }
  const closing = [done];
  request.closing = closing;
  reply.raw.once("close", () => {
    for (const each of closing) each();
  });
}
