import type { FastifyInstance } from "fastify";
import { AppError } from "../../errors.ts";

const BACK_IN_SECONDS = 5;

/**
 * From the moment on that the server is asked to stop, whatever still comes on a connection that is open is refused in
 * our own form, and the connection closed: behind a proxy another server takes the next one.
 */
export function refuseWhenStopping(app: FastifyInstance, stopping: AbortSignal): void {
  app.addHook("onRequest", async (_request, reply) => {
    if (!stopping.aborted) return;
    reply.header("Connection", "close").header("Retry-After", BACK_IN_SECONDS);
    throw new AppError("dependency_unavailable", "This server is stopping. Try again in a moment.");
  });
}
