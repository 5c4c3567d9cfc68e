import { randomUUID } from "node:crypto";
import type { Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { AppError } from "../../errors.ts";
import type { Log } from "../../platform/logs/log.ts";
import { rawRefusal } from "./rawRefusal.ts";

export interface ClientErrors {
  /** Sees what the server is about to answer, on which connection. */
  watch(server: Server): void;
  answer(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void;
}

const HEAD = "HEAD ";

/** Answers what is no request of HTTP, or not within its bounds, in the one form of refusals, and ends the connection. */
export function clientErrors(log: Log): ClientErrors {
  const answersBySocket = new WeakMap<Duplex, Set<ServerResponse>>();
  return {
    watch(server) {
      server.on("request", (request, answer) => {
        const answers = answersBySocket.get(request.socket) ?? new Set();
        answersBySocket.set(request.socket, answers.add(answer));
        answer.once("close", () => answers.delete(answer));
      });
    },
    answer(error, socket) {
      if (error.code === "ECONNRESET" || socket.destroyed) return;
      const requestId = randomUUID();
      const refusal = refusalOf(error.code);
      log.info(
        { code: refusal.code, reason: error.code, request_id: requestId, ip: socket.remoteAddress },
        "request refused",
      );
      if (socket.writable && isNextInTurn(answersBySocket.get(socket))) {
        // What follows the header of an answer to HEAD would be taken for another answer.
        const { rawPacket } = error;
        const isHead = Buffer.isBuffer(rawPacket) && rawPacket.toString("latin1", 0, HEAD.length) === HEAD;
        socket.write(rawRefusal(refusal, requestId, { hasBody: !isHead }));
      }
      socket.destroySoon();
    },
  };
}

/** Whether the next bytes on a connection would be taken for the answer to what could not be read, and to nothing else. */
function isNextInTurn(answers: ReadonlySet<ServerResponse> = new Set()): boolean {
  if (answers.size > 1) return false;
  for (const { req, headersSent } of answers) return !req.complete && !headersSent;
  return true;
}

function refusalOf(code: string | undefined): AppError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("too_slow", "The request's header did not come in time.");
    case "HPE_HEADER_OVERFLOW":
      return new AppError("headers_too_large", "The request's header is too large.");
    default:
      return new AppError("bad_request", "This is not a valid HTTP/1.1 request.");
  }
}
