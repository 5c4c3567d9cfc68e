import { PassThrough } from "node:stream";
import { EventsQuery, type ProjectEvent } from "@magtrace/contracts";
import type { FastifyRequest } from "fastify";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { type Route, route } from "../http/route.ts";
import type { Author } from "../platform/author.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { ApiDeps } from "../platform/deps.ts";
import { requireProject } from "./service.ts";

/** As EventSource sends it when it comes back. */
const EVENT_ID = /^[\w-]{1,32}$/;

/** Keeps proxies from closing the stream. We look again then, too, should an event of it have been missed. */
const BEAT_MS = 15_000;

export interface StreamDeps extends ApiDeps {
  readonly authenticate: (request: FastifyRequest) => Promise<Actor | null>;
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
        const stream = new EventStream(deps, raw, {
          userId: actor.userId,
          projectId: query.project_id,
          lastId: lastEventId(raw),
        });
        await stream.open();
        reply
          .type("text/event-stream; charset=utf-8")
          .header("Cache-Control", "no-store")
          .header("X-Accel-Buffering", "no");
        // Who asks for the headers alone does not listen.
        if (raw.method === "HEAD") stream.body.end();
        return reply.send(stream.body);
      },
    }),
  ];
}

interface Listener {
  readonly userId: number;
  readonly projectId: number;
  /** What they heard last, before their connection was lost; null: they begin. */
  readonly lastId: string | null;
}

function lastEventId({ headers }: FastifyRequest): string | null {
  const id = headers["last-event-id"];
  return typeof id === "string" && EVENT_ID.test(id) ? id : null;
}

/** What one listener hears, until they leave or may not listen any more. */
class EventStream {
  readonly body = new PassThrough();
  readonly #deps: StreamDeps;
  readonly #request: FastifyRequest;
  readonly #listener: Listener;

  constructor(deps: StreamDeps, request: FastifyRequest, listener: Listener) {
    this.#deps = deps;
    this.#request = request;
    this.#listener = listener;
  }

  /** @throws AppError where they may not listen. */
  async open(): Promise<void> {
    const { events, stopping } = this.#deps;
    const { userId } = this.#listener;
    this.#write("retry: 2000");
    this.#goOn();
    const unsubscribe = events.subscribe((event, id) => this.#tell(event, id));
    const unsubscribeMissed = events.subscribeMissed(() => this.#tellMissed());
    const unsubscribeAccess = events.subscribeAccess((whose) => {
      if (whose === userId) void this.#recheckAccess();
    });
    const beat = setInterval(() => void this.#recheckAccess(), BEAT_MS);
    const end = () => this.body.end();
    stopping.addEventListener("abort", end, { once: true });
    this.body.once("close", () => {
      clearInterval(beat);
      unsubscribe();
      unsubscribeMissed();
      unsubscribeAccess();
      stopping.removeEventListener("abort", end);
    });
    try {
      // Only now: what was taken away before we heard of such things shows here.
      await this.#requireAccess((author) => author);
    } catch (error) {
      this.body.destroy();
      throw error;
    }
  }

  /** Where they left off, as far as that is known here. */
  #goOn(): void {
    const { events } = this.#deps;
    const { lastId } = this.#listener;
    const missed = lastId === null ? [] : events.after(lastId);
    if (missed === null) {
      this.#tellMissed();
      return;
    }
    for (const { event, id } of missed) this.#tell(event, id);
    this.#write(`id: ${events.latest}`);
  }

  #tell(event: ProjectEvent, id: string): void {
    if (event.project !== this.#listener.projectId) return;
    this.#write(`id: ${id}\ndata: ${JSON.stringify(event)}`);
    if (event.kind === "project") void this.#recheckAccess();
  }

  /** Anything may have happened: they are to look for themselves. */
  #tellMissed(): void {
    this.#write(`event: missed\nid: ${this.#deps.events.latest}\ndata: {}`);
  }

  /** Nothing once it has ended: of two looks at once the other may still be under way. */
  #write(text: string): void {
    if (!this.body.writableEnded && !this.body.destroyed) this.body.write(`${text}\n\n`);
  }

  async #recheckAccess(): Promise<void> {
    try {
      // Nothing is read for anybody: the audit has one entry for the opened stream.
      await this.#requireAccess((author) => ({ ...author, reading: null }));
      this.#write(`: still here\nid: ${this.#deps.events.latest}`);
    } catch {
      this.body.end();
    }
  }

  async #requireAccess(as: (author: Author) => Author): Promise<void> {
    const who = await this.#deps.authenticate(this.#request);
    if (!who) throw new AppError("not_signed_in", "You have been signed out. Sign in again.");
    const access = { ...who.database, author: as(who.database.author) };
    await inTransaction(this.#deps.db, access, (tx) =>
      requireProject(tx, who, this.#listener.projectId, "project.read"),
    );
  }
}
