/** What each kind of failure means to a client, to a shell and to a retrying caller. The only such table. */
const errorTable = {
  bad_request: { status: 400, exit: 2, retryable: false },
  validation_failed: { status: 400, exit: 2, retryable: false },
  not_signed_in: { status: 401, exit: 77, retryable: false },
  wrong_credentials: { status: 401, exit: 77, retryable: false },
  not_allowed: { status: 403, exit: 77, retryable: false },
  two_factor_needed: { status: 403, exit: 77, retryable: false },
  csrf_refused: { status: 403, exit: 77, retryable: false },
  not_found: { status: 404, exit: 66, retryable: false },
  method_not_allowed: { status: 405, exit: 2, retryable: false },
  too_slow: { status: 408, exit: 75, retryable: true },
  conflict: { status: 409, exit: 65, retryable: false },
  not_ready: { status: 409, exit: 75, retryable: true },
  gone: { status: 410, exit: 66, retryable: false },
  wrong_protocol: { status: 412, exit: 2, retryable: false },
  too_large: { status: 413, exit: 65, retryable: false },
  over_quota: { status: 413, exit: 65, retryable: false },
  url_too_long: { status: 414, exit: 2, retryable: false },
  unsupported_media_type: { status: 415, exit: 65, retryable: false },
  unreadable_file: { status: 422, exit: 65, retryable: false },
  infected_file: { status: 422, exit: 65, retryable: false },
  cannot_train: { status: 422, exit: 65, retryable: false },
  locked_out: { status: 429, exit: 75, retryable: true },
  too_many_requests: { status: 429, exit: 75, retryable: true },
  headers_too_large: { status: 431, exit: 2, retryable: false },
  checksum_mismatch: { status: 460, exit: 65, retryable: false },
  invalid_config: { status: 500, exit: 78, retryable: false },
  damaged_object: { status: 500, exit: 74, retryable: false },
  internal: { status: 500, exit: 70, retryable: false },
  cancelled: { status: 409, exit: 130, retryable: false },
  port_in_use: { status: 500, exit: 69, retryable: false },
  already_running: { status: 500, exit: 69, retryable: false },
  cannot_write: { status: 503, exit: 73, retryable: true },
  insufficient_storage: { status: 507, exit: 73, retryable: true },
  missing_master_key: { status: 503, exit: 78, retryable: true },
  dependency_unavailable: { status: 503, exit: 69, retryable: true },
} as const satisfies Record<string, { status: number; exit: number; retryable: boolean }>;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorMeaning {
  /** HTTP status. */
  readonly status: number;
  /** Exit status of the CLI, after sysexits.h where one fits. */
  readonly exit: number;
  /** Whether the same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
}

/**
 * The one error of the program. `message` is for users: what happened and what to do about it; it never holds
 * SQL, a stack or a path of the server's. `details` is data a client may act on.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;

  constructor(code: ErrorCode, message: string, options: { details?: unknown; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details;
  }

  get meaning(): ErrorMeaning {
    return errorTable[this.code];
  }
}

export function errorCodes(): readonly ErrorCode[] {
  return Object.keys(errorTable) as ErrorCode[];
}

export function meaningOf(code: ErrorCode): ErrorMeaning {
  return errorTable[code];
}
