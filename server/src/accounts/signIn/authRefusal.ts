import { AppError, type ErrorCode } from "../../errors.ts";
import type { Body } from "./authCall.ts";

/** What better-auth refuses, in our words; by its own code where that says more than the status. */
const BY_CODE: Record<string, [ErrorCode, string]> = {
  EMAIL_NOT_VERIFIED: ["not_allowed", "Confirm your e-mail address first. We have sent the link again."],
  BANNED_USER: ["not_allowed", "This account is disabled. Ask an administrator to enable it."],
  EMAIL_PASSWORD_SIGN_UP_DISABLED: [
    "not_allowed",
    "Accounts are made by invitation only. Ask an administrator to invite you.",
  ],
  INVALID_PASSWORD: ["wrong_credentials", "The password is not right."],
  CREDENTIAL_ACCOUNT_NOT_FOUND: [
    "conflict",
    'This account has no password. Choose one through "Forgot your password?".',
  ],
  INVALID_TOKEN: ["gone", "This link has been used or is too old. Ask for a new one."],
  USER_NOT_FOUND: ["gone", "This link has been used or is too old. Ask for a new one."],
  TOKEN_EXPIRED: ["gone", "This link has been used or is too old. Ask for a new one."],
  INVALID_CODE: [
    "wrong_credentials",
    "This code is not right. Check that the clock of your device is right.",
  ],
  CODE_USED: ["wrong_credentials", "This code has been used already. Sign in again with the next code."],
  INVALID_BACKUP_CODE: ["wrong_credentials", "This recovery code is not right, or has been used."],
  INVALID_TWO_FACTOR_COOKIE: ["not_signed_in", "The sign-in took too long. Sign in again."],
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: ["locked_out", "Too many wrong codes. Sign in again."],
  ACCOUNT_TEMPORARILY_LOCKED: ["locked_out", "Too many wrong codes. Wait a quarter of an hour."],
  TOTP_ALREADY_ENABLED: ["conflict", "There is a second factor already. Turn it off first."],
  UNAUTHORIZED: ["not_signed_in", "Sign in first."],
  SESSION_NOT_FRESH: ["not_signed_in", "Sign in again first."],
};

const BY_STATUS: Record<number, [ErrorCode, string]> = {
  401: ["not_signed_in", "Sign in first."],
  403: ["not_allowed", "This request is not allowed from this page. Open MagTrace's own page and try again."],
  404: ["not_found", "This does not exist."],
  429: ["too_many_requests", "Too many tries. Wait a moment."],
};

const SIGN_IN = "/sign-in/email";

export function refusalOf(path: string, status: number, { code, message }: Body): AppError {
  if (path === SIGN_IN && status === 401) {
    return new AppError("wrong_credentials", "The e-mail address or the password is wrong.");
  }
  if (status >= 500) return new AppError("internal", "Something went wrong on our side. Try again.");
  const words = typeof message === "string" ? message : "The request was refused. Check what you sent.";
  const [ours, sentence] = (typeof code === "string" && BY_CODE[code]) ||
    BY_STATUS[status] || ["bad_request", words];
  return new AppError(ours, sentence);
}
