import type { MessagePort } from "node:worker_threads";
import { AppError, type ErrorCode } from "../../errors.ts";

/** What the thread is asked for. Everything in `input` is copied to it. */
export interface Asked {
  readonly kind: string;
  readonly input: unknown;
  /** Where the answer goes, piece by piece. */
  readonly port: MessagePort;
}

/** To the thread, through the port: one piece more, or no more at all. */
export type Wanted = "next" | "end";

/** From the thread, through the port: first the head, then pieces as they are asked for, then the end or an error. */
export type Answer =
  | { readonly head: unknown }
  | { readonly piece: Uint8Array<ArrayBuffer> }
  | { readonly error: SerializedError }
  | "done";

/** Classes do not survive the way from one thread to another. */
interface SerializedError {
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly details: unknown;
  readonly stack: string | undefined;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error))
    return { code: null, message: String(error), details: null, stack: undefined };
  const { message, stack } = error;
  if (!(error instanceof AppError)) return { code: null, message, details: null, stack };
  const cause = error.cause instanceof Error ? error.cause.stack : undefined;
  return { code: error.code, message, details: error.details, stack: cause ?? stack };
}

export function deserializeError({ code, message, details, stack }: SerializedError): Error {
  const cause = new Error(message);
  cause.stack = stack ?? message;
  return code === null ? cause : new AppError(code, message, { details, cause });
}
