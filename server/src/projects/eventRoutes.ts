import { PassThrough } from "node:stream";
import { EventsQuery } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import type { Actor } from "../accounts/actor.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import { type Route, route } from "../platform/http/route.ts";
import { requireProject } from "./service.ts";

/** Keeps proxies from closing the stream, and is when we look again whether the listener may still listen. */
const BEAT_MS = 15_000;

export interface StreamDeps extends ApiDeps {
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | null>;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
}

export function eventRoutes(deps: StreamDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/events/",
      permission: "project.read",
      summary: "What happens in a project, as server-sent events",
      produces: "text/event-stream",
      schemas: { query: EventsQuery },
      handler: async ({ actor, query, raw, reply }) => {
        const mayListen = (who: Actor) =>
          inTransaction(deps.db, who.reach, (tx) =>
            requireProject(tx, who, query.project_id, "project.read"),
          );
        await mayListen(actor);
        reply
          .type("text/event-stream; charset=utf-8")
          .header("Cache-Control", "no-store")
          .header("X-Accel-Buffering", "no");
        return reply.send(openStream(deps, raw, query.project_id, mayListen));
      },
    }),
  ];
}

function openStream(
  deps: StreamDeps,
  request: FastifyRequest,
  projectId: number,
  mayListen: (who: Actor) => Promise<unknown>,
): PassThrough {
  const stream = new PassThrough();
  stream.write("retry: 2000\n\n");
  const unsubscribe = deps.events.subscribe((event) => {
    if (event.project === projectId) stream.write(`data: ${JSON.stringify(event)}\n\n`);
  });
  const beat = setInterval(async () => {
    try {
      const who = await deps.authenticate(request);
      if (!who) throw new Error("signed out");
      await mayListen(who);
      stream.write(": still here\n\n");
    } catch {
      stream.end();
    }
  }, BEAT_MS);
  const end = () => stream.end();
  deps.stopping.addEventListener("abort", end, { once: true });
  stream.once("close", () => {
    clearInterval(beat);
    unsubscribe();
    deps.stopping.removeEventListener("abort", end);
  });
  return stream;
}
