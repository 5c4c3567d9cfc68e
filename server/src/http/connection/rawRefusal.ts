import { STATUS_CODES } from "node:http";
import type { ErrorBody } from "@magtrace/contracts";
import type { AppError } from "../../errors.ts";
import { REFUSAL_HEADERS } from "../reply/browserSafety.ts";

/** A refusal as bytes for a connection on which there is no request that could be answered, or none any more. */
export function rawRefusal(
  { code, message, meaning }: AppError,
  requestId: string,
  { hasBody = true } = {},
): string {
  const body: ErrorBody = { error: message, code, request_id: requestId };
  const text = JSON.stringify(body);
  return [
    `HTTP/1.1 ${meaning.status} ${STATUS_CODES[meaning.status]}`,
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(text)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(REFUSAL_HEADERS).map(([name, value]) => `${name}: ${value}`),
    "Connection: close",
    "",
    hasBody ? text : "",
  ].join("\r\n");
}
