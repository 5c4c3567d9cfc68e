import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { AppError } from "../../errors.ts";
import type { Log } from "../log.ts";
import { rawRefusal } from "./rawRefusal.ts";

/** Answers what is no request of HTTP, or not within its bounds, in the one form of refusals, and ends the connection. */
export function answerClientErrors(log: Log) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === "ECONNRESET" || socket.destroyed) return;
    const requestId = randomUUID();
    const refusal = refusalOf(error.code);
    log.info(
      { code: refusal.code, reason: error.code, request_id: requestId, ip: socket.remoteAddress },
      "request refused",
    );
    // After the first byte of an answer, more bytes would only be taken for a part of it.
    if (socket.writable && socket.bytesWritten === 0) socket.write(rawRefusal(refusal, requestId));
    socket.destroySoon();
  };
}

function refusalOf(code: string | undefined): AppError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new AppError("too_slow", "The request's header did not come in time.");
    case "HPE_HEADER_OVERFLOW":
      return new AppError("headers_too_large", "The request's header is too large.");
    default:
      return new AppError("bad_request", "This is not a request of HTTP/1.1.");
  }
}
