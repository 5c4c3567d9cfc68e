import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import { AppError } from "../../errors.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Most bytes of a body, where it is read as it comes. */
    mostBytes?: number;
  }
}

const MIB = 1024 * 1024;
/** What a form adds to its file. */
const FORM_BYTES = 2 * MIB;

/**
 * A client that waits for a word before it sends its body (RFC 9110, 10.1.1) is given it once the request has passed
 * every check that does not need the body. Refused before, it has sent nothing, and the connection is closed: what comes
 * next on it could be the body all the same.
 */
export function answerExpectations(app: FastifyInstance): void {
  const waiting = new WeakSet<IncomingMessage>();
  app.server.on("checkContinue", (request, response) => {
    waiting.add(request);
    app.server.emit("request", request, response);
  });
  app.addHook("preParsing", async (request, reply) => {
    const most = request.routeOptions.config?.mostBytes;
    const declared = Number(request.headers["content-length"] ?? 0);
    if (most !== undefined && declared > most + FORM_BYTES) {
      throw new AppError("too_large", `A file may have at most ${Math.floor(most / MIB)} MiB.`);
    }
    if (waiting.delete(request.raw)) reply.raw.writeContinue();
  });
  app.addHook("onSend", async (request, reply) => {
    if (waiting.has(request.raw)) reply.header("Connection", "close");
  });
}
