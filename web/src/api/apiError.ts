/** A refusal or failure in the server's own words. `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: unknown;
  readonly requestId: string | null;
  /** How long the server asks to wait before the next try, or null. */
  readonly retryAfterSeconds: number | null;

  constructor(
    message: string,
    facts: {
      status: number;
      code: string;
      details?: unknown;
      requestId?: string | null;
      retryAfterSeconds?: number | null;
    },
  ) {
    super(message);
    this.name = "ApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.details = facts.details;
    this.requestId = facts.requestId ?? null;
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null;
  }
}

const SENTENCES: Record<number, string> = {
  401: "You are not signed in. Sign in again.",
  403: "You may see this but not change it. Ask an owner of the project for a role that may.",
  404: "This does not exist, or you may not see it.",
  409: "This clashes with something that is there already. Reload the page and try again.",
  413: "The file is larger than you may upload.",
  429: "Too many requests. Wait a minute, then try again.",
  502: "The server is starting or being restarted. Try again in a few seconds.",
  503: "The server is too busy at the moment. Try again in a few seconds.",
  504: "The server took too long to answer. Try again.",
};

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** `Retry-After` in seconds; the form with a date is not one that MagTrace sends. */
function seconds(header: string | null): number | null {
  return header !== null && /^\d{1,7}$/.test(header) ? Number(header) : null;
}

/** Reads an answer that is not a success: our own error body, the sign-in library's, or a proxy's page. */
export function errorFromBody(status: number, body: string, retryAfter: string | null = null): ApiError {
  let parsed: Record<string, unknown> = {};
  try {
    const json: unknown = JSON.parse(body);
    if (json !== null && typeof json === "object") parsed = json as Record<string, unknown>;
  } catch {
    // A proxy's HTML page says nothing a reader could use.
  }
  const message =
    text(parsed.error) ??
    text(parsed.message) ??
    SENTENCES[status] ??
    `The server answered with status ${status}. Try again, and tell the administrator if it happens again.`;
  return new ApiError(message, {
    status,
    code: text(parsed.code) ?? `http_${status}`,
    details: parsed.details,
    requestId: text(parsed.request_id),
    retryAfterSeconds: seconds(retryAfter),
  });
}

export function unreachableError(): ApiError {
  return new ApiError(
    "The server cannot be reached. Check your connection and that MagTrace is running, then try again.",
    { status: 0, code: "unreachable" },
  );
}

/**
 * Whether what was to be shown is not there any more, or not for this reader: then what was shown of it before is not
 * shown on, as it is while a server is away for a moment.
 */
export function isLost(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 403 || error.status === 404);
}

/** One sentence for whatever was thrown. */
export function errorSentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof Error && error.message !== "")
    return `Something went wrong in this page: ${error.message}`;
  return "Something went wrong in this page. Reload it and try again.";
}
