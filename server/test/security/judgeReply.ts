import { STATUS_CODES } from "node:http";
import type { Reply } from "./keepAliveClient.ts";
import type { GeneratedRequest } from "./requestArbitrary.ts";

const ALLOWED_KEYS = new Set(["error", "code", "request_id", "details"]);

/** What is wrong with an answer, or null. A success has been held to its schema by the api itself. */
export function faultOf(request: Pick<GeneratedRequest, "method">, reply: Reply): string | null {
  if (reply.status >= 500) return `answered ${reply.status}`;
  if (STATUS_CODES[reply.status] === undefined) return `answered the unknown status ${reply.status}`;
  if (reply.status < 400) return null;
  // An answer to HEAD has no body (RFC 9110 §9.3.2).
  if (request.method === "HEAD") return reply.text === "" ? null : "answered HEAD with a body";
  if (!reply.contentType.startsWith("application/json"))
    return `refused as ${reply.contentType || "nothing"}`;
  return faultOfBody(reply);
}

function faultOfBody({ text, requestId }: Reply): string | null {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return "refused in words that are not JSON";
  }
  const unknown = Object.keys(body).filter((key) => !ALLOWED_KEYS.has(key));
  if (unknown.length > 0) return `refused with more than the error: ${unknown.join(", ")}`;
  if (typeof body.error !== "string" || body.error === "") return "refused without saying why";
  if (typeof body.code !== "string") return "refused without a code";
  if (typeof body.request_id !== "string" || body.request_id !== requestId) {
    return "refused with a request id that is not the header's";
  }
  if (/\bat \S+ \(|node_modules|\.ts:\d|SELECT |INSERT |UPDATE .* SET|pg_|\/tmp\//.test(body.error)) {
    return "told of its insides";
  }
  return null;
}

/** The request as a line for a shell; what is not printable is written as printf does. */
export function asCurl(address: string, { method, target, headers, body }: GeneratedRequest): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ["curl -sS -g --path-as-is", `-X ${method}`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  parts.push(quoted(address + target));
  if (!body) return parts.join(" ");
  const bytes = body.length > 1_500 ? Buffer.concat([body.subarray(0, 1_500), Buffer.from("…")]) : body;
  const escaped = [...bytes]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && byte !== 0x5c && byte !== 0x27
        ? String.fromCharCode(byte)
        : `\\x${byte.toString(16).padStart(2, "0")}`,
    )
    .join("");
  return `printf '%b' '${escaped}' | ${parts.join(" ")} --data-binary @-`;
}
