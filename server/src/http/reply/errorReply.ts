import type { ErrorBody } from "@magtrace/contracts";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type ErrorCode } from "../../errors.ts";
import { sqlState } from "../../platform/database/sqlState.ts";

/** Fastify's own refusals, by its code; everything else of its 4xx is a bad request. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_REQ_FILE_TOO_LARGE: "too_large",
  FST_ERR_NOT_FOUND: "not_found",
};

/** States of PostgreSQL that say something of the request or of the moment, and the words for them. */
const SQL_CODES: Record<string, [ErrorCode, string]> = {
  "22021": ["validation_failed", "Text must not contain the character NUL."],
  "22P02": ["validation_failed", "Text must be whole Unicode characters."],
  "22P05": ["validation_failed", "Text must not contain the character NUL."],
  "22003": ["validation_failed", "A number is too large."],
  "22007": ["validation_failed", "There is no such date or time."],
  "22008": ["validation_failed", "A date or time is beyond what can be kept."],
  "22009": ["validation_failed", "There is no such time zone."],
  "23503": ["conflict", "Something this refers to is gone, or something else still refers to it."],
  "23505": ["conflict", "There is one of that name or key already."],
  "42501": ["not_allowed", "You may not change that."],
  MT001: ["conflict", "A legal hold is on this: nothing of it is deleted until the hold is lifted."],
  "40001": ["dependency_unavailable", "Somebody else changed the same at the same moment. Try again."],
  "40P01": ["dependency_unavailable", "Somebody else changed the same at the same moment. Try again."],
  "55P03": [
    "dependency_unavailable",
    "Somebody else has been changing the same for too long. Try again in a moment.",
  ],
  "53100": [
    "insufficient_storage",
    "The disk of the database is full. Delete what is no longer needed, or have room made on it, then try again.",
  ],
  "58030": ["dependency_unavailable", "The database cannot read or write its files. Try again in a moment."],
  "25006": ["dependency_unavailable", "The database can only be read at the moment. Try again in a moment."],
  "57014": ["dependency_unavailable", "The database took too long. Ask for less, or try again."],
};
const CONNECTION_LOST = /^(08|57P0|53)|^ECONN|^EPIPE|^ETIMEDOUT/;

/** Any failure as the one error type; what cannot be told to users becomes "internal" and keeps its cause for the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const state = sqlState(error);
  const known = SQL_CODES[state];
  if (known) return new AppError(known[0], known[1], { cause: error });
  if (CONNECTION_LOST.test(state)) {
    return new AppError("dependency_unavailable", "The database does not answer. Try again in a moment.", {
      cause: error,
    });
  }
  const { validation, validationContext, statusCode, code, message } = error as FastifyError;
  if (validation) {
    const [first] = validation;
    const where = `${validationContext ?? "request"}${first?.instancePath ?? ""}`;
    return new AppError("validation_failed", `${where} ${first?.message ?? "is not valid"}.`, {
      details: validation.map((fault) => ({
        at: `${validationContext ?? "request"}${fault.instancePath}`,
        expected: fault.message,
        ...fault.params,
      })),
    });
  }
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500) {
    return new AppError(FASTIFY_CODES[code] ?? "bad_request", sentence(message), { cause: error });
  }
  return new AppError(
    "internal",
    "Something went wrong on our side. It has been logged; quote the request id to support.",
    {
      cause: error,
    },
  );
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** What was already said of an answer that broke off before its first byte, and does not hold for the error. */
const OF_THE_ANSWER = [
  "Content-Disposition",
  "Content-Encoding",
  "Content-Length",
  "Content-Range",
  "Accept-Ranges",
  "ETag",
  "Last-Modified",
];

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, meaning, message, details, cause } = toAppError(error);
  request.refusal = code;
  if (meaning.status >= 500) request.log.error({ err: cause ?? error, code }, "request failed");
  else request.log.info({ code }, "request refused");
  const body: ErrorBody = {
    error: message,
    code,
    request_id: request.id,
    ...(details === undefined ? {} : { details }),
  };
  for (const header of OF_THE_ANSWER) reply.removeHeader(header);
  if (code === "not_signed_in") reply.header("WWW-Authenticate", 'Bearer realm="MagTrace"');
  return reply.code(meaning.status).type("application/json; charset=utf-8").send(body);
}
