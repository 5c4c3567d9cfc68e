import { AppError, type ErrorCode } from "../../errors.ts";

/** A store could not do what it was asked. The key is a field, not part of the message: messages reach users. */
export class ObjectStoreError extends AppError {
  readonly key: string;

  constructor(key: string, message: string, options: { code?: ErrorCode; cause?: unknown } = {}) {
    super(options.code ?? "dependency_unavailable", message, { cause: options.cause });
    this.name = "ObjectStoreError";
    this.key = key;
  }
}

export class ObjectMissingError extends ObjectStoreError {
  constructor(key: string, cause?: unknown) {
    super(key, "The stored file is no longer there. Restore it from a backup.", { code: "not_found", cause });
    this.name = "ObjectMissingError";
  }
}

export class ObjectExistsError extends ObjectStoreError {
  constructor(key: string, cause?: unknown) {
    super(key, "A stored file of this name exists already and is not overwritten.", {
      code: "conflict",
      cause,
    });
    this.name = "ObjectExistsError";
  }
}

export type DamageReason =
  | "not_sealed"
  | "unknown_version"
  | "unknown_master_key"
  | "header_altered"
  | "key_altered"
  | "length_altered"
  | "content_altered";

const damaged = {
  code: "damaged_object",
  message: "A stored file is damaged and was not read. Restore it from a backup.",
} as const;

/** The bytes are not those that were sealed under this key, or the key to open them is not here. */
export class ObjectDamagedError extends ObjectStoreError {
  readonly reason: DamageReason;

  constructor(
    key: string,
    reason: DamageReason,
    cause?: unknown,
    { code, message }: { code: ErrorCode; message: string } = damaged,
  ) {
    super(key, message, { code, cause });
    this.name = "ObjectDamagedError";
    this.reason = reason;
  }
}

/** The bytes may be right, but the master key that their key is wrapped with is not here. */
export class MasterKeyMissingError extends ObjectDamagedError {
  readonly masterKeyId: string;

  constructor(key: string, masterKeyId: string) {
    super(key, "unknown_master_key", undefined, {
      code: "missing_master_key",
      message: `A stored file is sealed with master key ${masterKeyId}, which this server does not have. It is looked for in MAGTRACE_MASTER_KEY or the master key file; \`magtrace doctor\` says where. The administrator has to put it back there.`,
    });
    this.name = "MasterKeyMissingError";
    this.masterKeyId = masterKeyId;
  }
}

/** Whether trying again gives the same. A master key that is not here may be given to us any moment. */
export function isDamage(error: unknown): error is ObjectDamagedError | ObjectMissingError {
  if (error instanceof ObjectDamagedError) return error.reason !== "unknown_master_key";
  return error instanceof ObjectMissingError;
}

const full = new Set(["ENOSPC", "EDQUOT"]);
const readOnly = new Set(["EROFS", "EACCES", "EPERM"]);

/** The store's error for one of the file system's. */
export function fromSystemError(key: string, error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const code = systemCode(error);
  if (code === "ENOENT") return new ObjectMissingError(key, error);
  // The last two: a shorter key stands where this one needs a folder, or the other way round.
  if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR") return new ObjectExistsError(key, error);
  if (code !== undefined && full.has(code)) {
    const message = `There is no room left for stored files (${code}). Delete what is no longer needed, or make room on their disk.`;
    return new ObjectStoreError(key, message, { code: "insufficient_storage", cause: error });
  }
  if (code !== undefined && readOnly.has(code)) {
    const message = `Stored files cannot be written at the moment (${code}). Have their folder's permissions checked, then try again.`;
    return new ObjectStoreError(key, message, { code: "cannot_write", cause: error });
  }
  return new ObjectStoreError(key, "The store did not answer. Try again.", { cause: error });
}

export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
