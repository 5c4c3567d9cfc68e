import type { FastifyInstance } from "fastify";
import { AppError } from "../../errors.ts";

const BACK_IN_SECONDS = 5;

/** While others take over, each answer ends its connection: what a proxy keeps open would else be used until the end. */
export function closeWhileDraining(app: FastifyInstance, draining: AbortSignal): void {
  app.addHook("onRequest", async (_request, reply) => {
    if (draining.aborted) reply.header("Connection", "close");
  });
}

/**
 * From the moment on that the server is asked to stop, whatever still comes on a connection that is open is refused in
 * our own form, and the connection closed: behind a proxy another server takes the next one. Not where it was drained:
 * nobody can connect any more, and the few that were taken before are answered.
 */
export function refuseWhenStopping(
  app: FastifyInstance,
  stopping: AbortSignal,
  draining: AbortSignal | undefined,
): void {
  app.addHook("onRequest", async (_request, reply) => {
    if (!stopping.aborted || draining?.aborted) return;
    reply.header("Connection", "close").header("Retry-After", BACK_IN_SECONDS);
    throw new AppError("dependency_unavailable", "This server is stopping. Try again in a moment.");
  });
}
