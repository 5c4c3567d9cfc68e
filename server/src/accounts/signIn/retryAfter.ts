import type { FastifyReply } from "fastify";
import { AppError } from "../../errors.ts";

/** Runs what may refuse for a while, and has the refusal's header say for how long, too. */
export async function withRetryAfter<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const details =
      error instanceof AppError ? (error.details as { retry_after_seconds?: number }) : undefined;
    if (details?.retry_after_seconds) reply.header("Retry-After", String(details.retry_after_seconds));
    throw error;
  }
}
