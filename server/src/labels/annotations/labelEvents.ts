import type pg from "pg";
import type { ProjectRef } from "../../access/policy.ts";
import { publishCommitted } from "../../platform/events/events.ts";
import type { Log } from "../../platform/logs/log.ts";
import { type LabelChange, labelsEvent } from "./announceLabels.ts";

/** Nobody who looks at labels sees a tenth of a second. */
const WINDOW_MS = 100;

interface Told {
  readonly projectRef: ProjectRef;
  readonly datasetId: number;
  readonly change: LabelChange;
}

/**
 * Tells of labels that are committed and come by the hundred a second: the first at once, what follows within a tenth
 * of a second together. A NOTIFY in every transaction has commits wait for one another, and wakes every process that
 * listens: 0.3 ms of the 3.3 that a label cost. A process that dies meanwhile leaves up to a tenth of a second untold.
 */
export class LabelEvents {
  readonly #db: pg.Pool;
  readonly #log: Log;
  readonly #windowMs: number;
  readonly #waiting = new Map<string, Told>();
  #window: NodeJS.Timeout | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(
    { db, log }: { readonly db: pg.Pool; readonly log: Log },
    { windowMs = WINDOW_MS }: { readonly windowMs?: number } = {},
  ) {
    this.#db = db;
    this.#log = log;
    this.#windowMs = windowMs;
  }

  /** Resolves once it is told, or is to be told with others. */
  async tell(projectRef: ProjectRef, datasetId: number, change: LabelChange): Promise<void> {
    const key = `${datasetId} ${change.action} ${change.userId}`;
    const count = change.count + (this.#waiting.get(key)?.change.count ?? 0);
    this.#waiting.set(key, { projectRef, datasetId, change: { ...change, count } });
    if (this.#window === undefined) await this.#send();
  }

  /** Tells what waits. */
  async stop(): Promise<void> {
    clearTimeout(this.#window);
    this.#window = undefined;
    await this.#sending;
    if (this.#waiting.size > 0) await this.#send();
    clearTimeout(this.#window);
  }

  #send(): Promise<void> {
    const events = [...this.#waiting.values()].map(({ projectRef, datasetId, change }) =>
      labelsEvent(projectRef, datasetId, change),
    );
    this.#waiting.clear();
    this.#window = setTimeout(() => {
      this.#window = undefined;
      if (this.#waiting.size > 0) void this.#send();
    }, this.#windowMs);
    this.#window.unref();
    this.#sending = publishCommitted(this.#db, events).catch((error) =>
      this.#log.warn({ err: error }, "changed labels could not be announced"),
    );
    return this.#sending;
  }
}
