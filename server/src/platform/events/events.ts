import type { ProjectEvent } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import pg from "pg";
import { runPrepared } from "../database/inAccounts.ts";
import type { Transaction } from "../database/transaction.ts";
import type { Log } from "../logs/log.ts";
import { EventHistory, type HeardEvent, newEventId } from "./eventHistory.ts";

const CHANNEL = "magtrace_events";
/** Whose rights, or whose credentials, are not what they were; told by triggers (migrations/0009_organizations.sql). */
const ACCESS_CHANNEL = "magtrace_access";

/** Told to every api process when the transaction commits, and to nobody when it does not. At most 8,000 bytes. */
export async function publishEvent(tx: Transaction, event: ProjectEvent): Promise<void> {
  await tx.run(eventStatement(event));
}

/** The same, to be sent together with other statements. */
export function eventStatement(event: ProjectEvent): RawBuilder<unknown> {
  return sql`SELECT pg_notify(${CHANNEL}, ${told(event)})`;
}

/** With an id that every process hears. */
function told(event: ProjectEvent): string {
  return JSON.stringify({ ...event, event_id: newEventId() });
}

/** Tells of what is committed already. */
export async function publishCommitted(pool: pg.Pool, events: readonly ProjectEvent[]): Promise<void> {
  await runPrepared(pool, {
    name: "notify",
    text: "SELECT pg_notify($1, event) FROM unnest($2::text[]) AS event",
    values: [CHANNEL, events.map(told)],
  });
}

export type EventListener = (event: ProjectEvent, id: string) => void;

export type AccessListener = (userId: number) => void;

export interface EventSource {
  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
  /** The id of what was heard last, to come back with. */
  readonly latest: string;
  /** What came after the event with this id; null where this process does not know. */
  after(id: string): HeardEvent[] | null;
  /** Called when events may have been missed. Returns the function that ends the subscription. */
  subscribeMissed(listener: () => void): () => void;
  /** Called for every user whose rights have changed. Returns the function that ends the subscription. */
  subscribeAccess(listener: AccessListener): () => void;
  stop(): Promise<void>;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** Listens on a connection of its own (LISTEN does not pass PgBouncer) and comes back by itself when that breaks. */
export async function startEventSource(url: string, log: Log): Promise<EventSource> {
  const listeners = new Set<EventListener>();
  const accessListeners = new Set<AccessListener>();
  const missedListeners = new Set<() => void>();
  const history = new EventHistory();
  let client: pg.Client | undefined;
  let stopped = false;
  let wasConnected = false;
  let waitMs = FIRST_WAIT_MS;
  let timer: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const next = new pg.Client({
      connectionString: url,
      application_name: "magtrace events",
      keepAlive: true,
    });
    next.on("notification", ({ channel, payload }) => deliver(channel, payload));
    next.on("error", () => reconnect(next));
    next.on("end", () => reconnect(next));
    client = next;
    await next.connect();
    await next.query(`LISTEN ${CHANNEL}; LISTEN ${ACCESS_CHANNEL}`);
    waitMs = FIRST_WAIT_MS;
    if (!wasConnected) {
      wasConnected = true;
      return;
    }
    history.forget();
    for (const listener of missedListeners) listener();
  }

  function reconnect(broken: pg.Client): void {
    if (stopped || broken !== client) return;
    client = undefined;
    log.warn({ wait_ms: waitMs }, "the event connection broke; connecting again");
    timer = setTimeout(() => {
      connect().catch(() => client && reconnect(client));
    }, waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  function deliver(channel: string, payload: string | undefined): void {
    if (!payload) return;
    if (channel === ACCESS_CHANNEL) {
      for (const listener of accessListeners) listener(Number(payload));
      return;
    }
    // A process of an earlier version tells no id.
    const { event_id: id = newEventId(), ...event } = JSON.parse(payload) as ProjectEvent & {
      event_id?: string;
    };
    history.add({ id, event }, 2 * payload.length);
    for (const listener of listeners) listener(event, id);
  }

  await connect();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get latest() {
      return history.latest;
    },
    after: (id) => history.after(id),
    subscribeMissed(listener) {
      missedListeners.add(listener);
      return () => missedListeners.delete(listener);
    },
    subscribeAccess(listener) {
      accessListeners.add(listener);
      return () => accessListeners.delete(listener);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
