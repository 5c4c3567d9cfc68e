import type { Given } from "./calls.ts";

const FIELDS = new Set(["error", "code", "request_id", "details"]);

/** What is wrong with a refusal's form; nothing, if it is exactly {error, code, request_id, details?}. */
export function refusalFaults({ text, headers }: Given): string[] {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text);
  } catch {
    return [`was refused with ${text.slice(0, 100)}`];
  }
  const faults = Object.keys(body)
    .filter((field) => !FIELDS.has(field))
    .map((field) => `a refusal has the field ${field}`);
  for (const field of ["error", "code", "request_id"]) {
    if (typeof body[field] !== "string") faults.push(`a refusal lacks ${field}`);
  }
  if (body.request_id !== headers.get("x-request-id")) faults.push("a refusal goes by another request id");
  return faults;
}
