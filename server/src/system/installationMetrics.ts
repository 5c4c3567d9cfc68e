import type pg from "pg";
import { Counter, Gauge, type Registry } from "prom-client";
import { oldestWaitSeconds } from "../audit/sequencing.ts";
import { readLastBackups } from "../backup/lastBackups.ts";
import type { Config } from "../config.ts";
import type { EventSource } from "../platform/events/events.ts";
import type { Log } from "../platform/logs/log.ts";
import { type QueueState, queueStates } from "../platform/queue/queueStates.ts";
import { countDamage } from "./objectChecks/damage.ts";

export interface InstallationMetricsDeps {
  readonly config: Pick<Config, "MAGTRACE_DATA_DIR" | "BACKUP_TO">;
  readonly accountsPool: pg.Pool;
  readonly events: EventSource;
  readonly log: Log;
}

interface Look {
  readonly queues: readonly QueueState[];
  readonly auditWaitSeconds: number;
  readonly damaged: number;
}

/** Whoever scrapes meanwhile is given the same. */
const GOOD_FOR_MS = 5_000;
/** Less than anybody who scrapes waits: what else this process has to tell must not be lost with it. */
const PATIENCE_MS = 2_000;

/**
 * What is true of the whole installation, whichever api is asked: every one of them answers the same, so queries take
 * the `max` of them and never the sum. What cannot be found out in time is left out.
 */
export function installationMetrics(registry: Registry, deps: InstallationMetricsDeps): void {
  const look = sharedLook(deps);
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    read: (gauge: Gauge<L>) => Promise<void>,
  ) =>
    new Gauge<L>({
      name: `magtrace_installation_${name}`,
      help: `${help} Of the whole installation: take the max.`,
      labelNames,
      registers: [registry],
      async collect() {
        this.reset();
        await read(this);
      },
    });

  gauge("visible", "1 where the database answered in time, 0 where not.", [], async (it) => {
    it.set((await look()) === null ? 0 : 1);
  });
  gauge("queue_jobs", "Jobs by queue and state, up to 1000 each.", ["queue", "state"], async (it) => {
    for (const { name: queue, ready, active, failed } of (await look())?.queues ?? []) {
      for (const [state, count] of Object.entries({ ready, active, failed })) it.set({ queue, state }, count);
    }
  });
  gauge("queue_oldest_seconds", "How long the oldest ready job has been due.", ["queue"], async (it) => {
    for (const { name: queue, oldestSeconds } of (await look())?.queues ?? [])
      it.set({ queue }, oldestSeconds);
  });
  gauge("audit_wait_seconds", "How long the oldest audit entry waits for its position.", [], async (it) => {
    const found = await look();
    if (found) it.set(found.auditWaitSeconds);
  });
  gauge(
    "damaged_objects",
    "Stored files that a check found damaged or missing, up to 1000.",
    [],
    async (it) => {
      const found = await look();
      if (found) it.set(found.damaged);
    },
  );
  backupMetrics(gauge, deps.config);
  countLabels(registry, deps.events);
}

type MakeGauge = (
  name: string,
  help: string,
  labelNames: readonly never[],
  read: (gauge: Gauge<never>) => Promise<void>,
) => Gauge<never>;

function backupMetrics(
  gauge: MakeGauge,
  { MAGTRACE_DATA_DIR, BACKUP_TO }: InstallationMetricsDeps["config"],
) {
  gauge("backup_configured", "1 where BACKUP_TO is set.", [], async (it) =>
    it.set(BACKUP_TO === null ? 0 : 1),
  );
  for (const [what, field] of [
    ["success", "succeeded_at"],
    ["failure", "failed_at"],
  ] as const) {
    const help = `When a backup from this data folder last ended in ${what}, s since 1970; 0: never.`;
    gauge(`backup_last_${what}_timestamp_seconds`, help, [], async (it) => {
      const at = readLastBackups(MAGTRACE_DATA_DIR)[field];
      it.set(at === null ? 0 : Date.parse(at) / 1000);
    });
  }
}

/** Every api is told of every change, once it is committed. */
function countLabels(registry: Registry, events: EventSource): void {
  const labels = new Counter({
    name: "magtrace_installation_labels_made_total",
    help: "Labels made since this process began, one by one or imported. Of the whole installation: take the max.",
    labelNames: ["how"] as const,
    registers: [registry],
  });
  for (const how of ["create", "import"]) labels.inc({ how }, 0);
  events.subscribe(({ kind, state }) => {
    const { action, count } = state as { action?: unknown; count?: unknown };
    if (kind !== "annotations" || typeof count !== "number") return;
    if (action === "create" || action === "import") labels.inc({ how: action }, count);
  });
}

/** Never rejects: null where the database does not answer in time. */
function sharedLook({ accountsPool, log }: InstallationMetricsDeps): () => Promise<Look | null> {
  let looking: Promise<Look> | undefined;
  let last: Promise<Look | null> = Promise.resolve(null);
  let goodUntil = 0;
  return () => {
    if (performance.now() < goodUntil) return last;
    goodUntil = performance.now() + GOOD_FOR_MS;
    // One that still waits for a connection is waited for further: there are never two.
    looking ??= lookNow(accountsPool).finally(() => {
      looking = undefined;
    });
    last = inTime(looking).catch((error: unknown) => {
      log.warn({ err: error }, "the metrics of the installation could not be read");
      return null;
    });
    return last;
  };
}

async function lookNow(accountsPool: pg.Pool): Promise<Look> {
  return {
    queues: await queueStates(accountsPool),
    auditWaitSeconds: await oldestWaitSeconds(accountsPool),
    damaged: await countDamage(accountsPool, 1_000),
  };
}

function inTime(work: Promise<Look>): Promise<Look> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}
