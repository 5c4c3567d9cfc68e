import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import { auditLateness, SEQUENCED_AT_ONCE, sequenceBatch } from "./sequencing.ts";

export interface SequencerOptions {
  /** Connections of the accounts role. */
  readonly accountsPool: pg.Pool;
  readonly log: Log;
  readonly everyMs?: number;
}

export interface Sequencer {
  stop(): Promise<void>;
}

const EVERY_MS = 500;
const LOOK_FOR_LATE_EVERY_MS = 60_000;

/**
 * Puts entries into order as long as this process lives. Every worker runs one; a lock of the database has one act at a
 * time, and is released when a process dies.
 */
export function startSequencer({ accountsPool, log, everyMs = EVERY_MS }: SequencerOptions): Sequencer {
  const stopping = new AbortController();
  let lookedMs = Number.NEGATIVE_INFINITY;

  async function warnWhenLate(): Promise<void> {
    if (performance.now() - lookedMs < LOOK_FOR_LATE_EVERY_MS) return;
    lookedMs = performance.now();
    const waitedSeconds = await auditLateness(accountsPool);
    if (waitedSeconds === null) return;
    log.warn({ waited_s: waitedSeconds }, "the audit is late: entries wait for their position");
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      let moved = 0;
      try {
        moved = await sequenceBatch(accountsPool, { wait: false });
        await warnWhenLate();
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error }, "audit entries could not be sequenced");
      }
      if (moved === SEQUENCED_AT_ONCE) continue;
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
